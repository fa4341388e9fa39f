//! The seam: compiled plan down, batches of tuples up. No business words, no packet in Python, one error gate.

mod error;
mod plan;
mod scan;
mod tuples;

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// How this engine was built: shown by `minesensor --version`, so that a slow build is found out.
#[pyfunction]
fn build_info(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let info = PyDict::new(py);
    info.set_item("version", env!("CARGO_PKG_VERSION"))?;
    info.set_item("profile", if cfg!(debug_assertions) { "debug" } else { "release" })?;
    info.set_item("target", format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS))?;
    info.set_item("abi", "abi3-py311")?;
    Ok(info)
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("TAG_OPENED", tuples::TAG_OPENED)?;
    module.add("TAG_CHUNK", tuples::TAG_CHUNK)?;
    module.add("TAG_CLOSED", tuples::TAG_CLOSED)?;
    module.add("TAG_NAME", tuples::TAG_NAME)?;
    module.add("TAG_PATH", tuples::TAG_PATH)?;
    module.add("TAG_PROXIED", tuples::TAG_PROXIED)?;
    module.add("TAG_TLS", tuples::TAG_TLS)?;
    error::register(module)?;
    module.add_class::<plan::PyPlan>()?;
    module.add_class::<scan::Scan>()?;
    module.add_function(wrap_pyfunction!(build_info, module)?)?;
    Ok(())
}

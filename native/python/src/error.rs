//! The one place where an error of the engine becomes a Python exception.

use minesensor_capture::CaptureError as OpenError;
use minesensor_fastpath::plan::PlanError as CompileError;
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;

create_exception!(_native, CaptureError, PyException, "An input that could not be read: (path, what, remedy).");
create_exception!(_native, PlanError, PyValueError, "A plan that does not compile; the engine keeps the one it has.");

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("CaptureError", module.py().get_type::<CaptureError>())?;
    module.add("PlanError", module.py().get_type::<PlanError>())?;
    Ok(())
}

pub enum Error {
    Open(OpenError),
    Compile(CompileError),
}

impl From<OpenError> for Error {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

impl From<CompileError> for Error {
    fn from(error: CompileError) -> Self {
        Self::Compile(error)
    }
}

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        match error {
            Error::Open(error) => CaptureError::new_err((error.path, error.what, error.remedy)),
            Error::Compile(error) => PlanError::new_err(error.to_string()),
        }
    }
}

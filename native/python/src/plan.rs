//! `Plan`: lists and numbers from Python, compiled once.

use std::collections::HashMap;
use std::sync::Arc;

use minesensor_fastpath::plan::{Plan, PlanSpec};
use pyo3::prelude::*;

use crate::error::Error;

#[pyclass(name = "Plan", frozen, module = "sensor._native")]
pub struct PyPlan {
    pub plan: Arc<Plan>,
}

#[pymethods]
impl PyPlan {
    #[new]
    #[pyo3(signature = (*, generation, anchors, http_anchors, names, addresses, realms, caps))]
    fn new(
        generation: u64,
        anchors: Vec<(Vec<u8>, u64)>,
        http_anchors: Vec<(Vec<u8>, u64)>,
        names: Vec<(String, bool, Vec<u16>, u32)>,
        addresses: Vec<(String, u8, u16, u32)>,
        realms: Vec<(i64, i64, i64, i64, u16)>,
        caps: HashMap<String, u64>,
    ) -> Result<Self, Error> {
        let caps = caps.into_iter().collect();
        let spec = PlanSpec { generation, anchors, http_anchors, names, addresses, realms, caps };
        Ok(Self { plan: Arc::new(Plan::compile(spec)?) })
    }

    #[getter]
    fn generation(&self) -> u64 {
        self.plan.generation()
    }
}

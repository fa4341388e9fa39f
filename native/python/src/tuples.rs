//! Observations as Python tuples: the first element is the tag, the rest as sensor/native.py reads them.

use minesensor_fastpath::flow::{Socket, UDP};
use minesensor_fastpath::layers::TunnelPath;
use minesensor_fastpath::observation::{NameSeen, Observation, Opened, Proxied, TlsSeen};
use minesensor_fastpath::proxy::Target;
use minesensor_fastpath::side::Side;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

pub const TAG_OPENED: u8 = 1;
pub const TAG_CHUNK: u8 = 2;
pub const TAG_CLOSED: u8 = 3;
pub const TAG_NAME: u8 = 4;
pub const TAG_PATH: u8 = 5;
pub const TAG_PROXIED: u8 = 6;
pub const TAG_TLS: u8 = 7;

pub fn tuple<'py>(py: Python<'py>, observation: &Observation) -> PyResult<Bound<'py, PyTuple>> {
    match observation {
        Observation::Opened(opened) => self::opened(py, opened),
        Observation::Chunk { flow_id, side, ts_ns, gap, data } => {
            (TAG_CHUNK, flow_id, side.number(), ts_ns, gap, PyBytes::new(py, data)).into_pyobject(py)
        }
        Observation::Closed { flow_id, ts_ns, cause } => (TAG_CLOSED, flow_id, ts_ns, cause.name()).into_pyobject(py),
        Observation::Name(seen) => name(py, seen),
        Observation::Path { flow_id, side, tunnel } => {
            (TAG_PATH, flow_id, side.number(), labels(py, tunnel)?).into_pyobject(py)
        }
        Observation::Tls(seen) => tls(py, seen),
        Observation::Proxied(proxied) => {
            let Proxied { flow_id, ts_ns, target: Target { via, host, port } } = &**proxied;
            (TAG_PROXIED, flow_id, ts_ns, via.name(), host.to_string(), port).into_pyobject(py)
        }
    }
}

fn opened<'py>(py: Python<'py>, opened: &Opened) -> PyResult<Bound<'py, PyTuple>> {
    let a = opened.sockets.of(Side::A);
    let b = opened.sockets.of(Side::B);
    let values: [Py<PyAny>; 15] = [
        TAG_OPENED.into_pyobject(py)?.into_any().unbind(),
        opened.flow_id.into_pyobject(py)?.into_any().unbind(),
        opened.ts_ns.into_pyobject(py)?.into_any().unbind(),
        opened.first_ns.into_pyobject(py)?.into_any().unbind(),
        opened.realm.into_pyobject(py)?.into_any().unbind(),
        transport(opened.transport).into_pyobject(py)?.into_any().unbind(),
        address(a).into_pyobject(py)?.into_any().unbind(),
        a.port.into_pyobject(py)?.into_any().unbind(),
        address(b).into_pyobject(py)?.into_any().unbind(),
        b.port.into_pyobject(py)?.into_any().unbind(),
        opened.midstream.into_pyobject(py)?.to_owned().into_any().unbind(),
        opened.over_http.into_pyobject(py)?.to_owned().into_any().unbind(),
        opened.anchor.map_or(-1, i32::from).into_pyobject(py)?.into_any().unbind(),
        labels(py, opened.tunnels.of(Side::A))?.into_any().unbind(),
        labels(py, opened.tunnels.of(Side::B))?.into_any().unbind(),
    ];
    PyTuple::new(py, values)
}

fn name<'py>(py: Python<'py>, seen: &NameSeen) -> PyResult<Bound<'py, PyTuple>> {
    let addresses = PyTuple::new(py, seen.addresses.iter().map(ToString::to_string))?;
    let (via, port) = seen.proxied.map_or(("", 0), |(via, port)| (via.name(), port));
    let values: [Py<PyAny>; 16] = [
        TAG_NAME.into_pyobject(py)?.into_any().unbind(),
        seen.flow_id.into_pyobject(py)?.into_any().unbind(),
        seen.ts_ns.into_pyobject(py)?.into_any().unbind(),
        seen.realm.into_pyobject(py)?.into_any().unbind(),
        transport(seen.transport).into_pyobject(py)?.into_any().unbind(),
        seen.kind.name().into_pyobject(py)?.into_any().unbind(),
        address(&seen.client).into_pyobject(py)?.into_any().unbind(),
        seen.client.port.into_pyobject(py)?.into_any().unbind(),
        address(&seen.server).into_pyobject(py)?.into_any().unbind(),
        seen.server.port.into_pyobject(py)?.into_any().unbind(),
        seen.name.as_ref().into_pyobject(py)?.into_any().unbind(),
        seen.entry.into_pyobject(py)?.into_any().unbind(),
        seen.age_ns.into_pyobject(py)?.into_any().unbind(),
        addresses.into_any().unbind(),
        via.into_pyobject(py)?.into_any().unbind(),
        port.into_pyobject(py)?.into_any().unbind(),
    ];
    PyTuple::new(py, values)
}

fn tls<'py>(py: Python<'py>, seen: &TlsSeen) -> PyResult<Bound<'py, PyTuple>> {
    let TlsSeen { ts_ns, realm, kind, client, server, name, ja4, certificate_names } = seen;
    let names = PyTuple::new(py, certificate_names)?;
    let (client_ip, server_ip) = (address(client), address(server));
    (TAG_TLS, ts_ns, realm, kind.name(), client_ip, client.port, server_ip, server.port, name.as_ref(), ja4, names)
        .into_pyobject(py)
}

fn labels<'py>(py: Python<'py>, tunnel: &TunnelPath) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, tunnel.labels())
}

fn address(socket: &Socket) -> String {
    socket.ip.to_string()
}

fn transport(number: u8) -> &'static str {
    if number == UDP { "udp" } else { "tcp" }
}

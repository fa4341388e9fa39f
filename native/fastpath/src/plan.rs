//! The plan: anchors, names, addresses, realms and caps, compiled whole and swapped whole.
//!
//! A plan is checked as it is compiled; what is wrong with it is said with the row it stands in, and no half of it is
//! ever used. It knows no coin and no pool: entries are numbers that only the pipeline can read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::anchors::Anchors;
pub use crate::caps::Caps;
use crate::layers::WalkLimits;
use crate::watch::{Addresses, Names};

/// Realms are tried one after the other for each packet, so that there must be few.
pub const REALMS_MAX: usize = 256;

/// A plan as it comes from the pipeline; the tuples are those of `Plan` in `sensor/_native.pyi`, not checked yet.
#[derive(Clone, Debug, Default)]
pub struct PlanSpec {
    pub generation: u64,
    /// Pattern, and how many bytes from the start of a message it may begin at most.
    pub anchors: Vec<(Vec<u8>, u64)>,
    /// The same of dialects over HTTP, whose messages alone are searched for them.
    pub http_anchors: Vec<(Vec<u8>, u64)>,
    /// Name, whether names below it count too, ports (none: any), entry.
    pub names: Vec<(String, bool, Vec<u16>, u32)>,
    /// Address, prefix length, port (0: any), entry.
    pub addresses: Vec<(String, u8, u16, u32)>,
    /// Interface, outer VLAN, inner VLAN, VNI (-1: any), realm.
    pub realms: Vec<(i64, i64, i64, i64, u16)>,
    pub caps: BTreeMap<String, u64>,
}

/// Why a plan does not compile. Rows are counted from 0, as the pipeline counts them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanError {
    TooMany {
        table: &'static str,
        rows: usize,
        max: usize,
    },
    OutOfRange {
        table: &'static str,
        row: usize,
        field: &'static str,
        value: i128,
        min: i128,
        max: i128,
    },
    AnchorTooShort {
        row: usize,
        bytes: usize,
        min: usize,
    },
    /// An anchor stands inside another one, so that the other one could never be told from it.
    AnchorOverlap {
        row: usize,
        inside: usize,
    },
    /// The automaton could not be built.
    AnchorsRefused {
        reason: String,
    },
    BadName {
        row: usize,
        name: String,
    },
    BadAddress {
        row: usize,
        address: String,
        reason: &'static str,
    },
    UnknownCap {
        name: String,
    },
    CapRange {
        name: String,
        value: u64,
        min: u64,
        max: u64,
    },
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooMany { table, rows, max } => write!(f, "{table}: {rows} rows, at most {max} are taken"),
            Self::OutOfRange { table, row, field, value, min, max } => {
                write!(f, "{table}[{row}]: {field} {value} is not in {min}..{max}")
            }
            Self::AnchorTooShort { row, bytes, min } => {
                write!(f, "anchors[{row}]: {bytes} bytes, at least {min} are needed")
            }
            Self::AnchorOverlap { row, inside } => {
                write!(f, "anchors[{row}]: stands inside anchors[{inside}]; keep the shorter one only")
            }
            Self::AnchorsRefused { reason } => write!(f, "anchors: {reason}"),
            Self::BadName { row, name } => {
                write!(f, "names[{row}]: {name:?} is not a host name of two labels or more")
            }
            Self::BadAddress { row, address, reason } => write!(f, "addresses[{row}]: {address:?} {reason}"),
            Self::UnknownCap { name } => write!(f, "caps: {name:?} is unknown"),
            Self::CapRange { name, value, min, max } => write!(f, "caps: {name} {value} is not in {min}..{max}"),
        }
    }
}

impl std::error::Error for PlanError {}

/// Where a number of a plan stands, for the error that names it.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub table: &'static str,
    pub row: usize,
}

impl Place {
    /// `value`, if it is in `min..=max`.
    pub(crate) fn within<N: Copy + Into<i128>>(
        self,
        field: &'static str,
        value: N,
        (min, max): (i128, i128),
    ) -> Result<N, PlanError> {
        let Self { table, row } = self;
        let wide = value.into();
        if (min..=max).contains(&wide) {
            return Ok(value);
        }
        Err(PlanError::OutOfRange { table, row, field, value: wide, min, max })
    }
}

/// An error if `rows` are more than `max`.
pub(crate) fn bounded(table: &'static str, rows: usize, max: usize) -> Result<(), PlanError> {
    if rows > max { Err(PlanError::TooMany { table, rows, max }) } else { Ok(()) }
}

struct RealmRow {
    interface: Option<u32>,
    outer_vlan: Option<u16>,
    inner_vlan: Option<u16>,
    vni: Option<u32>,
    realm: u16,
}

/// A compiled plan; shared by all workers, never changed.
pub struct Plan {
    generation: u64,
    anchors: Anchors,
    http_anchors: Anchors,
    names: Names,
    addresses: Addresses,
    realms: Vec<RealmRow>,
    realm_numbers: Vec<u16>,
    caps: Caps,
}

impl Plan {
    /// Compiles `spec`.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn compile(spec: PlanSpec) -> Result<Self, PlanError> {
        let mut caps = Caps::default();
        for (name, &value) in &spec.caps {
            caps.set(name, value)?;
        }
        bounded("realms", spec.realms.len(), REALMS_MAX)?;
        let realms = spec.realms.iter().enumerate().map(realm_row).collect::<Result<Vec<_>, _>>()?;
        // What no row fits is in realm 0.
        let numbers = std::iter::once(0).chain(realms.iter().map(|row| row.realm)).collect::<BTreeSet<_>>();
        Ok(Self {
            generation: spec.generation,
            anchors: Anchors::new(&spec.anchors)?,
            http_anchors: Anchors::new(&spec.http_anchors)?,
            names: Names::new(&spec.names)?,
            addresses: Addresses::new(&spec.addresses)?,
            realms,
            realm_numbers: numbers.into_iter().collect(),
            caps,
        })
    }

    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    #[must_use]
    pub fn anchors(&self) -> &Anchors {
        &self.anchors
    }

    #[must_use]
    pub fn http_anchors(&self) -> &Anchors {
        &self.http_anchors
    }

    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    #[must_use]
    pub fn caps(&self) -> &Caps {
        &self.caps
    }

    /// The bounds of the walk through a packet's layers.
    #[must_use]
    pub fn walk_limits(&self) -> WalkLimits {
        WalkLimits { layers_max: self.caps.layers_max }
    }

    /// Whether packets may be of more realms than one.
    #[inline]
    #[must_use]
    pub fn has_realms(&self) -> bool {
        !self.realms.is_empty()
    }

    /// Every realm that a packet may be of, rising.
    #[must_use]
    pub fn realm_numbers(&self) -> &[u16] {
        &self.realm_numbers
    }

    /// The realm of the first row that fits; 0 if none does. A row that names a tag does not fit packets without it.
    #[inline]
    #[must_use]
    pub fn realm(&self, interface: u32, outer: Option<u16>, inner: Option<u16>, vni: Option<u32>) -> u16 {
        if self.realms.is_empty() {
            return 0;
        }
        let fits = |row: &&RealmRow| {
            (row.interface.is_none() || row.interface == Some(interface))
                && (row.outer_vlan.is_none() || row.outer_vlan == outer)
                && (row.inner_vlan.is_none() || row.inner_vlan == inner)
                && (row.vni.is_none() || row.vni == vni)
        };
        self.realms.iter().find(fits).map_or(0, |row| row.realm)
    }
}

fn realm_row((row, spec): (usize, &(i64, i64, i64, i64, u16))) -> Result<RealmRow, PlanError> {
    const INTERFACE_MAX: u32 = u32::MAX;
    const VLAN_MAX: u32 = 4095;
    const VNI_MAX: u32 = (1 << 24) - 1;
    let place = Place { table: "realms", row };
    // Behind the check only -1 is refused by the conversion, and that is "any".
    let tag = |field, value: i64, max: u32| {
        place.within(field, value, (-1, max.into())).map(|value| u32::try_from(value).ok())
    };
    let vlan = |field, value| tag(field, value, VLAN_MAX).map(|tag| tag.and_then(|tag| u16::try_from(tag).ok()));
    let &(interface, outer, inner, vni, realm) = spec;
    Ok(RealmRow {
        interface: tag("interface", interface, INTERFACE_MAX)?,
        outer_vlan: vlan("outer VLAN", outer)?,
        inner_vlan: vlan("inner VLAN", inner)?,
        vni: tag("VNI", vni, VNI_MAX)?,
        realm,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_realms(realms: &[(i64, i64, i64, i64, u16)]) -> Result<Plan, PlanError> {
        Plan::compile(PlanSpec { realms: realms.to_vec(), ..PlanSpec::default() })
    }

    #[test]
    fn an_empty_plan_compiles_and_matches_nothing() {
        let plan = Plan::compile(PlanSpec { generation: 7, ..PlanSpec::default() }).unwrap();
        assert_eq!(plan.generation(), 7);
        assert_eq!(plan.realm(3, Some(1), Some(2), Some(3)), 0);
        assert_eq!(plan.anchors().find(b"mining.subscribe", 0), None);
        assert_eq!(plan.names().lookup(b"pool.example", None), None);
        assert_eq!(plan.addresses().lookup(&[0; 16], 3333), None);
        assert_eq!(*plan.caps(), Caps::default());
    }

    #[test]
    fn the_first_realm_that_fits_is_taken() {
        let plan = with_realms(&[
            (0, 100, -1, -1, 1),
            (-1, 100, 7, -1, 2),
            (-1, -1, -1, 5000, 3),
            (2, -1, -1, -1, 4),
            (-1, -1, -1, -1, 9),
        ])
        .unwrap();
        let table = [
            ((0, Some(100), Some(7), None), 1),
            ((1, Some(100), Some(7), None), 2),
            ((1, Some(100), None, None), 9),
            ((1, None, None, Some(5000)), 3),
            ((2, None, None, Some(5000)), 3),
            ((2, None, None, None), 4),
            ((1, None, None, None), 9),
        ];
        for ((interface, outer, inner, vni), realm) in table {
            assert_eq!(plan.realm(interface, outer, inner, vni), realm, "{interface} {outer:?} {inner:?} {vni:?}");
        }
    }

    #[test]
    fn without_a_row_that_fits_the_realm_is_0() {
        assert_eq!(with_realms(&[(-1, 100, -1, -1, 1)]).unwrap().realm(0, None, None, None), 0);
    }

    #[test]
    fn a_bad_realm_is_refused_with_its_row() {
        let table = [
            ((-2, -1, -1, -1, 1), "realms[1]: interface -2 is not in -1..4294967295"),
            ((-1, 4096, -1, -1, 1), "realms[1]: outer VLAN 4096 is not in -1..4095"),
            ((-1, -1, -5, -1, 1), "realms[1]: inner VLAN -5 is not in -1..4095"),
            ((-1, -1, -1, 1 << 24, 1), "realms[1]: VNI 16777216 is not in -1..16777215"),
        ];
        for (row, message) in table {
            let error = with_realms(&[(0, -1, -1, -1, 0), row]).err().expect("refused");
            assert_eq!(error.to_string(), message);
        }
        let crowd = vec![(-1, -1, -1, -1, 1); REALMS_MAX + 1];
        let error = with_realms(&crowd).err().expect("refused");
        assert_eq!(error.to_string(), "realms: 257 rows, at most 256 are taken");
    }

    #[test]
    fn caps_come_from_the_plan() {
        let caps = BTreeMap::from([("flows_max".to_owned(), 16)]);
        let plan = Plan::compile(PlanSpec { caps, ..PlanSpec::default() }).unwrap();
        assert_eq!(plan.caps().flows_max, 16);
        let caps = BTreeMap::from([("flows".to_owned(), 16)]);
        let error = Plan::compile(PlanSpec { caps, ..PlanSpec::default() }).err().expect("refused");
        assert_eq!(error.to_string(), "caps: \"flows\" is unknown");
    }

    #[test]
    fn what_is_wrong_with_a_table_stops_the_plan() {
        let anchors = vec![(b"mining".to_vec(), 10), (b"short".to_vec(), 10)];
        let names = vec![("pool example".to_owned(), true, vec![], 0)];
        let addresses = vec![("192.0.2.1".to_owned(), 33, 0, 0)];
        let specs = [
            (PlanSpec { anchors, ..PlanSpec::default() }, "anchors[1]: 5 bytes, at least 6 are needed"),
            (
                PlanSpec { names, ..PlanSpec::default() },
                "names[0]: \"pool example\" is not a host name of two labels or more",
            ),
            (PlanSpec { addresses, ..PlanSpec::default() }, "addresses[0]: prefix length 33 is not in 8..32"),
        ];
        for (spec, message) in specs {
            assert_eq!(Plan::compile(spec).err().expect("refused").to_string(), message);
        }
    }
}

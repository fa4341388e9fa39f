//! The bounds of the engine: each has a name, a default and a range, and is set by its name.
//!
//! The defaults are those of `sensor/limits.py`, where the reason of each stands; a test holds the two together. The
//! ranges here only keep a slip of the pen from taking the machine's memory or from switching the sensor off.

use crate::plan::PlanError;

const SECOND_NS: u64 = 1_000_000_000;
const DAY_NS: u64 = 24 * 3600 * SECOND_NS;
/// For audits: longer than any capture's clock is wrong.
const FOREVER_NS: u64 = 500 * 365 * DAY_NS;

/// What a cap can be: made from the number of a plan.
trait Value: Sized {
    fn of(number: u64) -> Option<Self>;
}

impl Value for u64 {
    fn of(number: u64) -> Option<Self> {
        Some(number)
    }
}

impl Value for usize {
    fn of(number: u64) -> Option<Self> {
        Self::try_from(number).ok()
    }
}

impl Value for u8 {
    fn of(number: u64) -> Option<Self> {
        Self::try_from(number).ok()
    }
}

impl Value for bool {
    fn of(number: u64) -> Option<Self> {
        match number {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

macro_rules! caps {
    ($($(#[$doc:meta])* $name:ident: $kind:ty = $default:expr, $min:expr, $max:expr;)*) => {
        /// Every bound of the engine; the unit is in the name.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Caps {
            $($(#[$doc])* pub $name: $kind,)*
        }

        impl Default for Caps {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl Caps {
            /// The name of every cap.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name),)*];

            /// Sets the cap called `name`.
            ///
            /// # Errors
            /// [`PlanError::UnknownCap`] and [`PlanError::CapRange`]; the caps are then as before.
            pub fn set(&mut self, name: &str, value: u64) -> Result<(), PlanError> {
                match name {
                    $(stringify!($name) => self.$name = in_range(name, value, $min, $max)?,)*
                    _ => return Err(PlanError::UnknownCap { name: name.to_owned() }),
                }
                Ok(())
            }
        }
    };
}

fn in_range<V: Value>(name: &str, value: u64, min: u64, max: u64) -> Result<V, PlanError> {
    Some(value).filter(|number| (min..=max).contains(number)).and_then(V::of).ok_or_else(|| PlanError::CapRange {
        name: name.to_owned(),
        value,
        min,
        max,
    })
}

caps! {
    /// Flows in the table.
    flows_max: usize = 512 * 1024, 1, 64 * 1024 * 1024;
    /// Sessions that the pipeline has not settled; of those held for a first look there are a quarter.
    young_sessions_max: usize = 4096, 1, 1024 * 1024;
    /// Sessions of which both sides are seen, followed to their end.
    settled_sessions_max: usize = 4096, 1, 1024 * 1024;
    /// Sessions of which one side is seen, followed to their end.
    one_sided_sessions_max: usize = 4096, 1, 1024 * 1024;
    /// Sessions for which there was no room, known to their end.
    resting_sessions_max: usize = 2048, 1, 1024 * 1024;
    /// Payload held per side while no anchor has matched.
    held_bytes_max: usize = 4096, 256, 1024 * 1024;
    /// Payload out of order per side of a followed flow.
    reorder_bytes_max: usize = 16 * 1024, 1500, 16 * 1024 * 1024;
    /// Payload out of order of all followed flows, with what it takes to keep it.
    reorder_total_bytes_max: usize = 16 * 1024 * 1024, 64 * 1024, 16 * 1024 * 1024 * 1024;
    /// How long a hole may stay open in packet time.
    reorder_ns_max: u64 = 5 * SECOND_NS, 1_000_000, FOREVER_NS;
    tcp_idle_ns_max: u64 = 900 * SECOND_NS, SECOND_NS, FOREVER_NS;
    udp_idle_ns_max: u64 = 60 * SECOND_NS, SECOND_NS, FOREVER_NS;
    half_open_idle_ns_max: u64 = 20 * SECOND_NS, SECOND_NS, FOREVER_NS;
    /// Looks for an anchor a second of packet time and flow; a byte in the flow's slot counts them.
    looks_per_second_max: u8 = 4, 1, 255;
    /// Looks for an anchor an hour of packet time and flow; a byte in the flow's slot counts them.
    looks_per_hour_max: u8 = 64, 1, 255;
    /// Addresses remembered from DNS answers for listed names.
    learned_addresses_max: usize = 65_536, 1, 16 * 1024 * 1024;
    /// An address is remembered at least this long, whatever the answer's TTL.
    learned_ttl_ns_min: u64 = 6 * 3600 * SECOND_NS, 0, 30 * DAY_NS;
    /// Layers of encapsulation.
    layers_max: u8 = 16, 1, 64;
    /// Payload held for IP fragments in all.
    fragment_bytes_max: usize = 4 * 1024 * 1024, 64 * 1024, 1024 * 1024 * 1024;
    fragment_ns_max: u64 = 30 * SECOND_NS, 1_000_000, 600 * SECOND_NS;
    /// Buffers for a ClientHello that is spread over segments; a handle has 16 bits for their number.
    hello_buffers_max: usize = 1024, 1, 65_536;
    /// For audits: every TCP flow is followed, whether an anchor matches or not.
    follow_all: bool = false, 0, 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number a line such as `NAME: Final = 4 * 1024  # why` stands for.
    fn number(text: &str) -> Option<u64> {
        let product = text.split('#').next()?.trim();
        product.split('*').map(|factor| factor.trim().replace('_', "").parse::<u64>().ok()).product()
    }

    #[test]
    fn defaults_are_those_of_the_limits_file() {
        let limits = include_str!("../../../sensor/limits.py");
        let mut checked = 0;
        for name in Caps::NAMES {
            let start = format!("{}: Final = ", name.to_uppercase());
            let Some(text) = limits.lines().find_map(|line| line.strip_prefix(&start)) else {
                assert_eq!(*name, "follow_all", "missing in limits.py");
                continue;
            };
            let mut caps = Caps::default();
            caps.set(name, number(text).expect("a product of numbers")).expect("inside its own range");
            assert_eq!(caps, Caps::default(), "{name}");
            checked += 1;
        }
        assert_eq!(checked, Caps::NAMES.len() - 1);
    }

    #[test]
    fn a_cap_is_set_by_its_name() {
        let mut caps = Caps::default();
        caps.set("flows_max", 7).unwrap();
        caps.set("follow_all", 1).unwrap();
        assert_eq!(caps, Caps { flows_max: 7, follow_all: true, ..Caps::default() });
    }

    #[test]
    fn an_unknown_cap_and_a_wild_number_are_refused() {
        let mut caps = Caps::default();
        assert_eq!(caps.set("flow_max", 7), Err(PlanError::UnknownCap { name: "flow_max".to_owned() }));
        for (name, value) in [("flows_max", 0), ("flows_max", u64::MAX), ("layers_max", 65), ("follow_all", 2)] {
            let error = caps.set(name, value).unwrap_err();
            assert!(matches!(error, PlanError::CapRange { .. }), "{name} {value}");
        }
        assert_eq!(caps, Caps::default());
    }
}

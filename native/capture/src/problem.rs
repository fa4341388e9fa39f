//! What can be wrong in a capture that is read all the same.

/// One kind of thing that is wrong in an input. It is counted, never an error: the rest is still read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Problem {
    /// The file, or the compressed data in it, ends inside a record.
    TruncatedTail,
    /// A record length that cannot be; reading went on at the next record that makes sense.
    BadLength,
    /// No further record was found after a bad length; the rest of the input was given up.
    LostSync,
    /// A pcapng block whose lengths agree but whose content does not; passed over.
    BadBlock,
    /// A packet of a pcapng interface that was never described; passed over.
    UnknownInterface,
    /// A pcapng interface beyond the bound; its packets count as `UnknownInterface`.
    TooManyInterfaces,
    /// A pcapng section of a version that nobody here reads; passed over.
    SectionVersion,
    /// A packet of a link type that nobody here decodes; it is delivered.
    UnknownLink,
    /// A packet of which more was captured than was on the wire; it is delivered with the larger length.
    WireLength,
    /// A time beyond its range, brought back into it.
    BadTime,
    /// A packet without a time (pcapng simple packet); it has the time of the packet before it.
    NoTime,
    /// A packet older than the one before it in the same input.
    TimeBackwards,
    /// A time far ahead of the packets around it, which the next packet did not confirm; the packet has the time of the
    /// one before it.
    TimeAhead,
    /// Compressed data that is damaged; the rest of the input is lost.
    BadCompression,
    /// The system failed to read, or to open again, this input; the rest of it is lost.
    ReadFailed,
}

/// Every kind, in the order in which they are reported.
pub const PROBLEMS: [Problem; 15] = [
    Problem::TruncatedTail,
    Problem::BadLength,
    Problem::LostSync,
    Problem::BadBlock,
    Problem::UnknownInterface,
    Problem::TooManyInterfaces,
    Problem::SectionVersion,
    Problem::UnknownLink,
    Problem::WireLength,
    Problem::BadTime,
    Problem::NoTime,
    Problem::TimeBackwards,
    Problem::TimeAhead,
    Problem::BadCompression,
    Problem::ReadFailed,
];

impl Problem {
    /// The name used in reports and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TruncatedTail => "truncated_tail",
            Self::BadLength => "bad_length",
            Self::LostSync => "lost_sync",
            Self::BadBlock => "bad_block",
            Self::UnknownInterface => "unknown_interface",
            Self::TooManyInterfaces => "too_many_interfaces",
            Self::SectionVersion => "section_version",
            Self::UnknownLink => "unknown_link",
            Self::WireLength => "wire_length",
            Self::BadTime => "bad_time",
            Self::NoTime => "no_time",
            Self::TimeBackwards => "time_backwards",
            Self::TimeAhead => "time_ahead",
            Self::BadCompression => "bad_compression",
            Self::ReadFailed => "read_failed",
        }
    }
}

/// A count for each [`Problem`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Problems([u64; PROBLEMS.len()]);

impl Problems {
    /// How often this kind was met.
    #[must_use]
    pub fn count(&self, problem: Problem) -> u64 {
        self.0.get(problem as usize).copied().unwrap_or(0)
    }

    /// The kinds that were met, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (Problem, u64)> + '_ {
        PROBLEMS
            .into_iter()
            .map(|problem| (problem, self.count(problem)))
            .filter(|&(_, count)| count > 0)
    }

    #[cold]
    pub(crate) fn add(&mut self, problem: Problem) {
        if let Some(count) = self.0.get_mut(problem as usize) {
            *count = count.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_its_own_counter_and_name() {
        for (index, problem) in PROBLEMS.into_iter().enumerate() {
            assert_eq!(problem as usize, index);
            assert_eq!(
                PROBLEMS
                    .iter()
                    .filter(|other| other.name() == problem.name())
                    .count(),
                1
            );
            let mut problems = Problems::default();
            problems.add(problem);
            assert_eq!(problems.iter().collect::<Vec<_>>(), [(problem, 1)]);
        }
    }
}

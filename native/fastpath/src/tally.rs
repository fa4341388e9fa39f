//! The engine's counters beside the fates of packets: one field or array each, read by name. Every loss has a cause.

/// Why something was given up. Each cause has a line in docs/metrics.md and in the summary of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Drop {
    /// A plain flow gave way to a new one in the full flow table.
    FlowEvicted,
    /// A flow that was being looked at gave way to another.
    HeldEvicted,
    /// A candidate that was not settled gave way to another.
    YoungEvicted,
    /// A look was refused: the flow's budget is spent.
    LookRefused,
    /// Missing bytes of followed flows.
    GapBytes,
    /// Segments too far ahead to be believed.
    SegmentFar,
    /// RST segments outside the window.
    RstOutside,
}

pub const DROPS: [Drop; 7] = [
    Drop::FlowEvicted,
    Drop::HeldEvicted,
    Drop::YoungEvicted,
    Drop::LookRefused,
    Drop::GapBytes,
    Drop::SegmentFar,
    Drop::RstOutside,
];

impl Drop {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::FlowEvicted => "flow_evicted",
            Self::HeldEvicted => "held_evicted",
            Self::YoungEvicted => "young_evicted",
            Self::LookRefused => "look_refused",
            Self::GapBytes => "gap_bytes",
            Self::SegmentFar => "segment_far",
            Self::RstOutside => "rst_outside",
        }
    }
}

#[derive(Default)]
pub struct Tally {
    pub captured_bytes: u64,
    /// Bytes that were on the wire and not captured. That is what a file claims, 4 GB a packet if it likes.
    pub bytes_cut: u64,
    /// Packets of which less was captured than was on the wire.
    pub packets_cut: u64,
    pub tcp_payload_bytes: u64,
    /// Payload of TCP that was on the wire and not captured.
    pub tcp_payload_bytes_cut: u64,
    pub followed_payload_bytes: u64,
    pub flows_tcp: u64,
    pub flows_udp: u64,
    pub flows_tcp_one_way: u64,
    pub looks: u64,
    pub candidates: u64,
    /// What a mirror showed twice: segments of sessions, SYNs of any flow, DNS answers about listed names.
    pub mirrored_segments: u64,
    pub mirrored_syns: u64,
    pub mirrored_answers: u64,
    pub dns_answers: u64,
    pub client_hellos: u64,
    pub http_requests: u64,
    pub proxy_requests: u64,
    drops: [u64; DROPS.len()],
}

impl Tally {
    pub fn drop(&mut self, cause: Drop, count: u64) {
        if let Some(total) = self.drops.get_mut(cause as usize) {
            *total = total.saturating_add(count);
        }
    }

    /// Every counter with its name; those of drops carry a prefix. Packets are counted by their fates.
    pub fn each(&self, packets: u64, mut tell: impl FnMut(&'static str, &'static str, u64)) {
        for (cause, count) in DROPS.iter().zip(self.drops) {
            tell("drop_", cause.name(), count);
        }
        for (name, count) in [
            ("packets", packets),
            ("wire_bytes", self.captured_bytes.saturating_add(self.bytes_cut)),
            ("captured_bytes", self.captured_bytes),
            ("packets_cut", self.packets_cut),
            ("tcp_payload_bytes", self.tcp_payload_bytes),
            ("tcp_payload_bytes_cut", self.tcp_payload_bytes_cut),
            ("followed_payload_bytes", self.followed_payload_bytes),
            ("flows_tcp", self.flows_tcp),
            ("flows_udp", self.flows_udp),
            ("flows_tcp_one_way", self.flows_tcp_one_way),
            ("looks", self.looks),
            ("candidates", self.candidates),
            ("mirrored_segments", self.mirrored_segments),
            ("mirrored_syns", self.mirrored_syns),
            ("mirrored_answers", self.mirrored_answers),
            ("dns_answers", self.dns_answers),
            ("client_hellos", self.client_hellos),
            ("http_requests", self.http_requests),
            ("proxy_requests", self.proxy_requests),
        ] {
            tell("", name, count);
        }
    }
}

//! What became of a packet: closed lists of fates, failures and notes, and their counters.
//!
//! Every packet read gets exactly one [`Fate`], so the sum over all fates is the number of packets read; that sum is
//! how a lost packet would be noticed. A [`Failure`] says why a packet was `undecodable`; a [`Note`] marks something
//! odd in a packet that was decoded all the same. Nothing here may be keyed by what stands on the wire, except the
//! link-type numbers, and those are bounded.

#![cfg_attr(not(test), deny(clippy::as_conversions))]

/// Declares an enum without fields together with `ALL`, `name()` and `slot()`, so that a kind is one line.
macro_rules! closed_list {
    ($(#[$about:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// All of them, in the order of `slot()`.
            pub const ALL: [$name; [$($text),+].len()] = [$($name::$variant),+];

            /// The name under which it is reported.
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            /// Its place in `ALL` and in any array of counters.
            #[expect(clippy::as_conversions, reason = "a fieldless enum has no other way to its number")]
            pub const fn slot(self) -> usize {
                self as usize
            }
        }
    };
}
pub(crate) use closed_list;

closed_list! {
/// Why a packet could not be decoded. `*_short` and `*_bad`: the header does not fit what was on the wire.
pub enum Failure {
    /// The header was on the wire, but the capture's snap length cut it off.
    SnapCut = "snap_cut",
    /// Fewer bytes than an Ethernet header.
    EthernetShort = "ethernet_short",
    /// Fewer bytes than a Linux cooked header.
    CookedShort = "cooked_short",
    /// Fewer bytes than the NULL/LOOP family word.
    LoopbackShort = "loopback_short",
    /// A raw IP link or a tunnel that carries IP, and the version is neither 4 nor 6.
    IpVersion = "ip_version",
    /// Fewer bytes than an LLC or SNAP header.
    LlcShort = "llc_short",
    /// Fewer bytes than the header of a link that is seldom met: SLIP, FDDI, ATM, ERF, a packet filter's log.
    LinkShort = "link_short",
    /// Fewer bytes than a VLAN tag.
    VlanShort = "vlan_short",
    /// A label stack that does not end.
    MplsShort = "mpls_short",
    /// Below the last label is neither IP nor a pseudowire of Ethernet.
    MplsPayload = "mpls_payload",
    /// Version, type, code or length of a PPPoE session header is wrong.
    PppoeBad = "pppoe_bad",
    /// Fewer bytes than a PPP protocol field.
    PppShort = "ppp_short",
    /// PPP whose payload is compressed, encrypted, or spread over several links.
    PppHidden = "ppp_hidden",
    /// Fewer bytes than a Cisco HDLC header.
    HdlcShort = "hdlc_short",
    /// Fewer bytes than a Frame Relay header.
    FrameRelayShort = "frame_relay_short",
    /// Fewer bytes than a token ring header.
    TokenRingShort = "token_ring_short",
    /// Fewer bytes than an ARCNET header.
    ArcnetShort = "arcnet_short",
    /// Part of a packet that ARCNET spread over several frames.
    ArcnetFragment = "arcnet_fragment",
    /// Fewer bytes than the header of a wireless LAN's data frame.
    WlanShort = "wlan_short",
    /// A wireless LAN's data frame that is encrypted.
    WlanEncrypted = "wlan_encrypted",
    /// A later fragment of a wireless LAN's frame.
    WlanFragment = "wlan_fragment",
    /// A radiotap, PPI, Prism or AVS header that contradicts itself.
    MonitorBad = "monitor_bad",
    /// NFLOG without a packet, or with a field that does not fit.
    NflogBad = "nflog_bad",
    /// A Juniper header that does not fit.
    JuniperBad = "juniper_bad",
    /// A PKTAP header that does not fit.
    PktapBad = "pktap_bad",
    /// IPv4 header too short, wrong version or header length.
    Ipv4Bad = "ipv4_bad",
    /// IPv4 total length below its own header length.
    Ipv4Length = "ipv4_length",
    /// IPv6 header too short or wrong version.
    Ipv6Bad = "ipv6_bad",
    /// An IPv6 extension header that does not fit.
    Ipv6Extension = "ipv6_extension",
    /// An IPv6 jumbogram (RFC 2675).
    Ipv6Jumbogram = "ipv6_jumbogram",
    /// An authentication header that does not fit.
    AuthenticationBad = "authentication_bad",
    /// A GRE header that does not fit, or with the source routing nobody uses.
    GreBad = "gre_bad",
    /// A GRE version other than 0, and neither PPTP nor EoIP.
    GreVersion = "gre_version",
    /// GRE with a payload not known.
    GrePayload = "gre_payload",
    /// Fewer bytes than a WCCP redirection header.
    WccpShort = "wccp_short",
    /// An ERSPAN header that is short or of another version than GRE said.
    ErspanBad = "erspan_bad",
    /// Fewer bytes than an 802.1ah service tag.
    PbbShort = "pbb_short",
    /// A network service header that does not fit.
    NshBad = "nsh_bad",
    /// EtherIP too short or of another version.
    EtheripBad = "etherip_bad",
    /// L2TPv3 in IP in which no Ethernet frame was found.
    L2tpBad = "l2tp_bad",
    /// A MACsec tag that does not fit.
    MacsecBad = "macsec_bad",
    /// A MACsec frame that is encrypted.
    MacsecEncrypted = "macsec_encrypted",
    /// A tag of a switch that does not fit.
    SwitchTagBad = "switch_tag_bad",
    /// TCP header too short, or its header length is.
    TcpBad = "tcp_bad",
    /// UDP header too short, or its length is.
    UdpBad = "udp_bad",
}
}

closed_list! {
/// What an IP packet carries that is neither TCP nor UDP nor a tunnel that is read. All but `Control` may hide mining.
pub enum Other {
    /// ICMP, IGMP and routing protocols, or nothing at all: no connection runs over them.
    Control = "control",
    /// Encrypted IPsec.
    Esp = "esp",
    Sctp = "sctp",
    /// Compressed IP payload.
    Ipcomp = "ipcomp",
    /// A tunnel that is not read: minimal encapsulation, and the first of all encapsulations.
    Tunnel = "other_tunnel",
    /// Any other protocol number.
    Unknown = "unknown_protocol",
}
}

impl Other {
    /// What a protocol number stands for that no layer reads.
    pub const fn of(protocol: u8) -> Self {
        match protocol {
            1 | 2 | 58 | 59 | 88 | 89 | 103 | 112 => Self::Control,
            50 => Self::Esp,
            132 => Self::Sctp,
            108 => Self::Ipcomp,
            55 | 98 => Self::Tunnel,
            _ => Self::Unknown,
        }
    }
}

closed_list! {
/// Something odd in a packet that was decoded all the same.
pub enum Note {
    /// Sent to a port of VXLAN, but its header is not VXLAN's: handed up as plain UDP.
    VxlanNotVxlan = "vxlan_not_vxlan",
    /// Sent to the GTP-U port, but its header is not that of a tunnelled IP packet: handed up as plain UDP.
    GtpuNotGtpu = "gtpu_not_gtpu",
    /// Sent to the port of VXLAN-GPE, and not that.
    VxlanGpeNotVxlanGpe = "vxlan_gpe_not_vxlan_gpe",
    /// Sent to the port of Geneve, and not that.
    GeneveNotGeneve = "geneve_not_geneve",
    /// Sent to or from the port of L2TP, and no data message: its control channel, for the most part.
    L2tpNotData = "l2tp_not_data",
    /// Sent to or from the port of Teredo, and not that.
    TeredoNotTeredo = "teredo_not_teredo",
    /// Sent to the port of MPLS in UDP, and not that.
    MplsNotMpls = "mpls_not_mpls",
    /// Sent to the port of LISP's data, and not that.
    LispNotLisp = "lisp_not_lisp",
    /// Sent to the port of GRE in UDP, and not that.
    GreNotGre = "gre_not_gre",
    /// Sent to or from the port of AYIYA, and no packet of it.
    AyiyaNotAyiya = "ayiya_not_ayiya",
    /// Sent to the port of TZSP, and not that.
    TzspNotTzsp = "tzsp_not_tzsp",
    /// Sent to or from the port of CAPWAP's data, and no frame: encrypted, or a keep-alive.
    CapwapNotFrame = "capwap_not_frame",
    /// A frame of a wireless LAN with several packets, of which the first is read.
    WlanAggregate = "wlan_aggregate",
    /// An IP length of 0, left to the network card by segmentation offload: the packet is as long as it was seen.
    LengthOffloaded = "length_offloaded",
    /// A length field claims more than was on the wire: what was there is read.
    LengthBeyondWire = "length_beyond_wire",
}
}

/// A set of notes; empty is the common case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Notes(u16);

impl Notes {
    pub(crate) const NONE: Self = Self(0);

    /// Adds a note; adding it again changes nothing.
    #[inline]
    pub fn add(&mut self, note: Note) {
        self.0 |= Self::bit(note);
    }

    /// Whether the note was made.
    pub fn has(self, note: Note) -> bool {
        self.0 & Self::bit(note) != 0
    }

    /// Whether nothing was noted.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The notes made, in the order of `Note::ALL`.
    pub fn iter(self) -> impl Iterator<Item = Note> {
        Note::ALL.into_iter().filter(move |note| self.has(*note))
    }

    const fn bit(note: Note) -> u16 {
        1 << note.slot()
    }
}

/// What became of a packet. Closed: every packet read has exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The capture's link type (its number) is not one we read.
    UnknownLink(u16),
    /// More layers inside each other than the limit.
    TooDeep,
    /// A header that cannot be read.
    Undecodable(Failure),
    /// Read, and it is not IP (ARP, LLDP, PPP control and the like).
    NotIp,
    /// IP, and neither TCP nor UDP nor a tunnel that is read.
    OtherTransport(Other),
    /// A fragment kept until the others come.
    FragmentHeld,
    /// A fragment thrown away; the fragment counters say why.
    FragmentDropped,
    /// TCP without payload.
    TcpEmpty,
    /// TCP with payload that was looked at and forgotten.
    TcpPassed,
    /// TCP of a young flow whose payload is still kept.
    TcpHeld,
    /// TCP of a candidate.
    TcpFollowed,
    /// UDP that was looked at and forgotten.
    UdpPassed,
    /// UDP that was read as DNS.
    UdpDns,
    /// No room in the flow table.
    DroppedTableFull,
}

const FATES: usize = 14;

impl Fate {
    /// One of each, in the order of `slot()`; those that carry something carry its first value.
    pub const ALL: [Fate; FATES] = [
        Fate::UnknownLink(0),
        Fate::TooDeep,
        Fate::Undecodable(Failure::SnapCut),
        Fate::NotIp,
        Fate::OtherTransport(Other::Control),
        Fate::FragmentHeld,
        Fate::FragmentDropped,
        Fate::TcpEmpty,
        Fate::TcpPassed,
        Fate::TcpHeld,
        Fate::TcpFollowed,
        Fate::UdpPassed,
        Fate::UdpDns,
        Fate::DroppedTableFull,
    ];

    /// The name under which it is reported.
    pub const fn name(self) -> &'static str {
        match self {
            Fate::UnknownLink(_) => "unknown_link",
            Fate::TooDeep => "too_deep",
            Fate::Undecodable(_) => "undecodable",
            Fate::NotIp => "not_ip",
            Fate::OtherTransport(_) => "other_transport",
            Fate::FragmentHeld => "fragment_held",
            Fate::FragmentDropped => "fragment_dropped",
            Fate::TcpEmpty => "tcp_empty",
            Fate::TcpPassed => "tcp_passed",
            Fate::TcpHeld => "tcp_held",
            Fate::TcpFollowed => "tcp_followed",
            Fate::UdpPassed => "udp_passed",
            Fate::UdpDns => "udp_dns",
            Fate::DroppedTableFull => "dropped_table_full",
        }
    }

    /// Its place in `ALL` and in the array of counters.
    #[inline]
    pub const fn slot(self) -> usize {
        match self {
            Fate::UnknownLink(_) => 0,
            Fate::TooDeep => 1,
            Fate::Undecodable(_) => 2,
            Fate::NotIp => 3,
            Fate::OtherTransport(_) => 4,
            Fate::FragmentHeld => 5,
            Fate::FragmentDropped => 6,
            Fate::TcpEmpty => 7,
            Fate::TcpPassed => 8,
            Fate::TcpHeld => 9,
            Fate::TcpFollowed => 10,
            Fate::UdpPassed => 11,
            Fate::UdpDns => 12,
            Fate::DroppedTableFull => 13,
        }
    }
}

/// Link-type numbers counted apart; captures hold a handful, only a hostile pcapng holds more.
pub const LINKS_COUNTED_MAX: usize = 256;

/// The counters: one per fate, and beside them the failures, other transports, notes and unknown link types.
#[derive(Clone, Debug)]
pub struct FateTally {
    fates: [u64; FATES],
    failures: [u64; Failure::ALL.len()],
    others: [u64; Other::ALL.len()],
    notes: [u64; Note::ALL.len()],
    links: Vec<(u16, u64)>,
    links_rest: u64,
}

impl Default for FateTally {
    // Arrays as long as the longer lists have no default of their own.
    fn default() -> Self {
        Self {
            fates: [0; FATES],
            failures: [0; Failure::ALL.len()],
            others: [0; Other::ALL.len()],
            notes: [0; Note::ALL.len()],
            links: Vec::new(),
            links_rest: 0,
        }
    }
}

impl FateTally {
    /// Counts one packet, with its failure kind or link type if its fate carries one.
    #[inline]
    pub fn count(&mut self, fate: Fate) {
        bump(&mut self.fates, fate.slot());
        match fate {
            Fate::Undecodable(failure) => bump(&mut self.failures, failure.slot()),
            Fate::OtherTransport(other) => bump(&mut self.others, other.slot()),
            Fate::UnknownLink(number) => self.count_link(number),
            _ => {}
        }
    }

    /// The same of a fate that carries neither.
    #[inline]
    pub fn count_simple(&mut self, fate: Fate) {
        bump(&mut self.fates, fate.slot());
    }

    /// Counts what was noted about a decoded packet; its fate is counted apart.
    #[inline]
    pub fn note(&mut self, notes: Notes) {
        if !notes.is_empty() {
            notes.iter().for_each(|note| bump(&mut self.notes, note.slot()));
        }
    }

    /// Packets counted: the sum over all fates.
    pub fn packets(&self) -> u64 {
        self.fates.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Packets by fate, every fate named, in the order of `Fate::ALL`.
    pub fn fates(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Fate::ALL.into_iter().map(Fate::name).zip(self.fates)
    }

    /// Undecodable packets by kind, every kind named; their sum is the fate `undecodable`.
    pub fn failures(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Failure::ALL.into_iter().map(Failure::name).zip(self.failures)
    }

    /// Packets of other transports by kind, every kind named; their sum is the fate `other_transport`.
    pub fn others(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Other::ALL.into_iter().map(Other::name).zip(self.others)
    }

    /// Notes by kind, every kind named.
    pub fn notes(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Note::ALL.into_iter().map(Note::name).zip(self.notes)
    }

    /// Packets of unknown link types by number, rising; at most `LINKS_COUNTED_MAX`.
    pub fn links(&self) -> &[(u16, u64)] {
        &self.links
    }

    /// Packets of further unknown link types that found no counter of their own.
    pub fn links_rest(&self) -> u64 {
        self.links_rest
    }

    #[cold]
    fn count_link(&mut self, number: u16) {
        match self.links.binary_search_by_key(&number, |(known, _)| *known) {
            Ok(place) => {
                if let Some((_, count)) = self.links.get_mut(place) {
                    *count = count.saturating_add(1);
                }
            }
            Err(place) if self.links.len() < LINKS_COUNTED_MAX => self.links.insert(place, (number, 1)),
            Err(_) => self.links_rest = self.links_rest.saturating_add(1),
        }
    }
}

/// Adds one to a counter; a slot that does not exist is not one of a closed list's.
#[inline]
pub(crate) fn bump(counts: &mut [u64], slot: usize) {
    if let Some(count) = counts.get_mut(slot) {
        *count = count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_list_is_in_slot_order_and_its_names_differ() {
        assert!(Fate::ALL.iter().enumerate().all(|(place, fate)| fate.slot() == place));
        assert!(Failure::ALL.iter().enumerate().all(|(place, failure)| failure.slot() == place));
        assert!(Other::ALL.iter().enumerate().all(|(place, other)| other.slot() == place));
        assert!(Note::ALL.iter().enumerate().all(|(place, note)| note.slot() == place));
        let names: HashSet<&str> = Fate::ALL.into_iter().map(Fate::name).collect();
        assert_eq!(names.len(), Fate::ALL.len());
        let names: HashSet<&str> = Failure::ALL.into_iter().map(Failure::name).collect();
        assert_eq!(names.len(), Failure::ALL.len());
    }

    #[test]
    fn notes_fit_their_set() {
        assert!(Note::ALL.len() <= 16);
        let mut notes = Notes::default();
        assert!(notes.is_empty());
        notes.add(Note::GtpuNotGtpu);
        notes.add(Note::GtpuNotGtpu);
        assert_eq!(notes.iter().collect::<Vec<_>>(), [Note::GtpuNotGtpu]);
    }

    #[test]
    fn the_sum_over_fates_is_what_was_counted_and_kinds_sum_to_their_fate() {
        let mut tally = FateTally::default();
        Fate::ALL.into_iter().for_each(|fate| tally.count(fate));
        Failure::ALL.into_iter().for_each(|failure| tally.count(Fate::Undecodable(failure)));
        Other::ALL.into_iter().for_each(|other| tally.count(Fate::OtherTransport(other)));
        let failures = u64::try_from(Failure::ALL.len()).unwrap() + 1;
        let others = u64::try_from(Other::ALL.len()).unwrap() + 1;
        assert_eq!(tally.packets(), 14 + failures - 1 + others - 1);
        assert_eq!(tally.fates().find(|(name, _)| *name == "other_transport"), Some(("other_transport", others)));
        assert_eq!(tally.others().map(|(_, count)| count).sum::<u64>(), others);
        assert_eq!(tally.fates().find(|(name, _)| *name == "undecodable"), Some(("undecodable", failures)));
        assert_eq!(tally.failures().map(|(_, count)| count).sum::<u64>(), failures);
    }

    #[test]
    fn link_types_beyond_the_table_are_counted_together() {
        let mut tally = FateTally::default();
        for number in (0..300).rev() {
            tally.count(Fate::UnknownLink(number));
            tally.count(Fate::UnknownLink(299));
        }
        assert_eq!(tally.links().len(), LINKS_COUNTED_MAX);
        assert_eq!(tally.links().last(), Some(&(299, 301)));
        assert_eq!(tally.links_rest(), 300 - 256);
        assert_eq!(tally.packets(), 600);
    }
}

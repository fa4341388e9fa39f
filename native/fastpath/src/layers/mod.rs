//! The walk through a packet's layers, from the link to the innermost transport header.
//!
//! A layer is one file that reads one header and says what follows, and one line in the table of whatever can carry
//! it: a link type, an EtherType, an IP protocol, a PPP protocol, a UDP port and the like. Layers do not
//! know what is outside of them, so any may be nested in any, up to `WalkLimits::layers_max`.
//!
//! Pure and without allocation. Checksums are not verified: with offload they are wrong in honest captures.

#![cfg_attr(not(test), deny(clippy::as_conversions))]

mod arcnet;
mod atm;
mod ayiya;
mod capwap;
mod cooked;
mod erf;
mod erspan;
mod etherip;
mod ethernet;
mod fddi;
mod firewall;
mod frame_relay;
mod geneve;
mod gre;
mod gtpu;
mod hdlc;
mod ip;
mod ipv4;
mod ipv6;
mod isl;
mod juniper;
mod l2tp;
mod lisp;
mod llc;
mod loopback;
mod macsec;
mod monitor;
mod mpls;
mod nflog;
mod nsh;
mod packet;
mod pbb;
mod pktap;
mod plausible;
mod ppp;
mod pppoe;
mod pptp;
mod pseudowire;
mod short;
mod slip;
mod switch;
mod tcp;
mod teredo;
mod token_ring;
mod tunnel;
mod tzsp;
mod udp;
mod vlan;
mod vxlan;
mod wccp;
mod wlan;

use crate::cursor::Cursor;
use crate::fate::{Fate, Note, Notes, Other};
pub(crate) use packet::{Context, Plain};
pub(crate) use short::{Short, short};
pub use packet::{
    Arrival, Datagram, Decoded, Frame, Ip, Piece, Tags, TcpSegment, Transport, UdpDatagram, Walk, WalkLimits, flags,
};
use packet::{Guess, Layer, Next, Part, Read};
pub use tunnel::{STEPS_MAX, Step, TunnelKind, TunnelPath};

const LINK_ETHERNET: u16 = 1;

/// By link type: the LINKTYPE_ numbers of capture files.
fn by_link(number: u16) -> Option<Layer> {
    Some(match number {
        LINK_ETHERNET => ethernet::read,
        12 | 14 | 101 => ip::read,
        228 => ipv4::read,
        229 => ipv6::read,
        113 => cooked::read_v1,
        276 => cooked::read_v2,
        0 | 108 => loopback::read,
        6 => token_ring::read,
        7 => arcnet::read_bsd,
        8 => slip::read,
        9 | 50 | 166 => ppp::read_framed,
        10 => fddi::read,
        100 => llc::read,
        106 => atm::read_classical,
        51 => pppoe::read,
        104 => hdlc::read,
        105 => wlan::read,
        107 => frame_relay::read,
        109 => firewall::read_decrypted,
        117 => firewall::read_log,
        119 | 163 => monitor::read_prism,
        123 => atm::read,
        127 => monitor::read_radiotap,
        128 => monitor::read_tzsp,
        178 => juniper::read_ethernet,
        179 => juniper::read_ppp,
        180 => juniper::read_frame_relay,
        181 => juniper::read_hdlc,
        192 => monitor::read_ppi,
        197 => erf::read,
        204 => ppp::read_directed,
        205 => hdlc::read_directed,
        206 => frame_relay::read_directed,
        226 => cooked::read_ipnet,
        240 => monitor::read_netanalyzer,
        241 => monitor::read_netanalyzer_transparent,
        239 => nflog::read,
        129 => arcnet::read_linux,
        149 | 258 => pktap::read,
        281 | 284 => switch::read_dsa,
        282 => switch::read_dsa_before,
        285 => switch::read_edsa,
        _ => return None,
    })
}

/// Whether packets of this link type are read.
#[must_use]
pub fn is_link_read(number: u16) -> bool {
    by_link(number).is_some()
}

/// By EtherType; 0x6558 is a whole Ethernet frame (RFC 1701).
fn by_ethertype(number: u16) -> Option<Layer> {
    Some(match number {
        0x0800 => ipv4::read,
        0x86dd => ipv6::read,
        0x8100 => vlan::read_customer,
        0x88a8 | 0x9100 | 0x9200 => vlan::read_service,
        0x8847 | 0x8848 => mpls::read,
        0x8864 => pppoe::read,
        0x6558 => ethernet::read,
        0x22f3 => switch::read_trill,
        0x880b => ppp::read_framed,
        0x8870 => llc::read,
        0x8903 => switch::read_fabricpath,
        0x8909 => switch::read_metadata,
        0x8926 => switch::read_vntag,
        0x893f => switch::read_etag,
        0x894f => nsh::read,
        0x88e5 => macsec::read,
        0x88e7 => pbb::read,
        0xd28b => switch::read_arista,
        _ => return None,
    })
}

/// By protocol type of GRE: an EtherType, or a number that means something in GRE only.
fn by_gre(number: u16) -> Option<Layer> {
    Some(match number {
        0x22eb => erspan::read_v3,
        0x6559 => frame_relay::read,
        0x883e => wccp::read,
        // Access points of one maker: a number a wireless network.
        0x8200..=0x83ff if number & 0x000f == 0 => wlan::read,
        0x9000 => wlan::read,
        _ => return by_ethertype(number),
    })
}

/// By next protocol of NSH and VXLAN-GPE.
fn by_nsh(number: u8) -> Option<Layer> {
    Some(match number {
        1 => ipv4::read,
        2 => ipv6::read,
        3 => ethernet::read,
        4 => nsh::read,
        5 => mpls::read,
        _ => return None,
    })
}

/// By IP protocol, the same for both versions.
fn by_protocol(number: u8) -> Option<Layer> {
    Some(match number {
        6 => tcp::read,
        17 => udp::read,
        4 | 94 => ip::read_tunnelled_v4,
        41 => ip::read_tunnelled_v6,
        47 => gre::read,
        51 => ipv4::read_authenticated,
        97 => etherip::read,
        115 => l2tp::read,
        137 => mpls::read,
        _ => return None,
    })
}

/// By what may follow an IPv6 header: its extension headers, else an IP protocol.
fn by_next_header(number: u8) -> Option<Layer> {
    Some(match number {
        0 | 43 | 60 | 135 | 139 | 140 => ipv6::read_options,
        44 => ipv6::read_fragment,
        51 => ipv6::read_authenticated,
        _ => return by_protocol(number),
    })
}

/// By PPP protocol.
fn by_ppp(number: u16) -> Option<Layer> {
    Some(match number {
        0x0021 => ipv4::read,
        0x0057 => ipv6::read,
        0x0281 | 0x0283 => mpls::read,
        _ => return None,
    })
}

/// By UDP port. Most tunnels are addressed to their port, and the source port says nothing.
fn by_udp_port(src: u16, dst: u16) -> Option<(Guess, Note)> {
    Some(match dst {
        2152 => (gtpu::guess, Note::GtpuNotGtpu),
        4341 => (lisp::guess, Note::LispNotLisp),
        4754 => (gre::guess, Note::GreNotGre),
        // 8472 is what Linux takes where it is not told another, and with it the networks of containers.
        4789 | 8472 => (vxlan::guess, Note::VxlanNotVxlan),
        4790 => (vxlan::guess_gpe, Note::VxlanGpeNotVxlanGpe),
        6081 => (geneve::guess, Note::GeneveNotGeneve),
        6635 => (mpls::guess, Note::MplsNotMpls),
        37008 => (tzsp::guess, Note::TzspNotTzsp),
        _ => return by_either_port(src).or_else(|| by_either_port(dst)),
    })
}

/// Tunnels whose servers answer from their port to whatever port they were asked from.
fn by_either_port(number: u16) -> Option<(Guess, Note)> {
    Some(match number {
        1701 => (l2tp::guess, Note::L2tpNotData),
        3544 => (teredo::guess, Note::TeredoNotTeredo),
        5072 => (ayiya::guess, Note::AyiyaNotAyiya),
        5247 => (capwap::guess, Note::CapwapNotFrame),
        _ => return None,
    })
}

/// Walks a packet to its innermost transport header, or says what it is instead.
pub fn walk<'a>(frame: &Frame<'a>, limits: &WalkLimits) -> Walk<'a> {
    match straight(frame) {
        Some(plain) => Walk::Decoded(plain.decoded(Tags::default(), TunnelPath::default())),
        None => walk_further(frame, limits),
    }
}

/// The common packet, TCP or UDP in IP on Ethernet, goes a straight line without tables and turns. It is made of the
/// same readers as the layers and gives what they would give; none for whatever is not that plain.
#[inline(always)]
pub(crate) fn straight<'a>(frame: &Frame<'a>) -> Option<Plain<'a>> {
    if frame.link != LINK_ETHERNET {
        return None;
    }
    let mut at = Cursor::new(frame.data, frame.wire_len);
    let ethertype = ethernet::ethertype(&mut at).ok()?;
    straight_ip(ethertype, at)
}

/// Walks a packet that is not plain.
pub(crate) fn walk_further<'a>(frame: &Frame<'a>, limits: &WalkLimits) -> Walk<'a> {
    if frame.link == LINK_ETHERNET {
        let mut at = Cursor::new(frame.data, frame.wire_len);
        match ethernet::ethertype(&mut at) {
            Ok(0x8100) => return walk_tagged(frame, at, limits),
            Ok(_) => {}
            Err(failure) => return Walk::Done(Fate::Undecodable(failure)),
        }
    }
    walk_layers(frame, limits)
}

/// With one VLAN tag the line is nearly as straight.
fn walk_tagged<'a>(frame: &Frame<'a>, mut at: Cursor<'a>, limits: &WalkLimits) -> Walk<'a> {
    let (mut tags, mut tunnel) = (Tags::default(), TunnelPath::default());
    if let Ok(ethertype) = vlan::tag(&mut at, TunnelKind::Vlan, &mut tags, &mut tunnel) {
        if let Some(plain) = straight_ip(ethertype, at) {
            return Walk::Decoded(plain.decoded(tags, tunnel));
        }
    }
    walk_layers(frame, limits)
}

fn walk_layers<'a>(frame: &Frame<'a>, limits: &WalkLimits) -> Walk<'a> {
    match by_link(frame.link) {
        Some(layer) => descend(layer, Cursor::new(frame.data, frame.wire_len), Context::default(), limits),
        None => Walk::Done(Fate::UnknownLink(frame.link)),
    }
}

#[inline(always)]
fn straight_ip(ethertype: u16, mut at: Cursor<'_>) -> Option<Plain<'_>> {
    let mut notes = Notes::default();
    let (src, dst, protocol) = match ethertype {
        0x0800 => {
            let header = ipv4::header(&mut at, &mut notes).ok().filter(|header| !header.is_fragment())?;
            (header.src.words(), header.dst.words(), header.protocol)
        }
        0x86dd => {
            let header = ipv6::header(&mut at, &mut notes).ok()?;
            (header.src.words(), header.dst.words(), header.next_header)
        }
        _ => return None,
    };
    let transport = match protocol {
        6 => Transport::Tcp(tcp::segment(&mut at).ok()?),
        17 => {
            let datagram = udp::datagram(&mut at, &mut notes).ok()?;
            Transport::Udp(Some(datagram).filter(|plain| by_udp_port(plain.src_port, plain.dst_port).is_none())?)
        }
        _ => return None,
    };
    Some(Plain { src, dst, transport, notes })
}

/// Walks on inside a reassembled datagram, with what was outside of its pieces.
///
/// What is inside may be a fragment again. That ends: the depth goes on from where the pieces were found, plus one.
pub fn resume<'a>(datagram: &'a Datagram, limits: &WalkLimits) -> Walk<'a> {
    let mut context = datagram.context;
    if context.depth >= limits.layers_max {
        return Walk::Done(Fate::TooDeep);
    }
    context.depth = context.depth.saturating_add(1);
    let layer = if datagram.v6 { by_next_header(datagram.protocol) } else { by_protocol(datagram.protocol) };
    match layer {
        Some(layer) => descend(layer, Cursor::whole(&datagram.bytes), context, limits),
        None => Walk::Done(Fate::OtherTransport(Other::of(datagram.protocol))),
    }
}

/// Walks on inside a first piece that was cut. The datagram can never be whole, but the headers of its
/// flow are there, and the rest of its payload is missing like that of any packet that was cut.
#[must_use]
pub fn cut_head<'a>(piece: &Piece<'a>, limits: &WalkLimits) -> Option<Walk<'a>> {
    if piece.offset > 0 || !piece.cut {
        return None;
    }
    let layer = if piece.v6 { by_next_header(piece.protocol) } else { by_protocol(piece.protocol) }?;
    let wire_len = u32::try_from(piece.data.len()).unwrap_or(u32::MAX).saturating_add(piece.missing);
    Some(descend(layer, Cursor::new(piece.data, wire_len), piece.context, limits))
}

#[inline(never)]
fn descend<'a>(mut layer: Layer, mut at: Cursor<'a>, mut context: Context, limits: &WalkLimits) -> Walk<'a> {
    loop {
        match layer(&mut at, &mut context) {
            Ok(Next::Into(inner)) => {
                if context.depth >= limits.layers_max {
                    return Walk::Done(Fate::TooDeep);
                }
                context.depth = context.depth.saturating_add(1);
                layer = inner;
            }
            Ok(Next::Arrived(transport)) => {
                let Context { tags, tunnel, src, dst, notes, .. } = context;
                return Walk::Decoded(Decoded { tags, tunnel, src, dst, transport, notes });
            }
            Ok(Next::Part(part)) => return Walk::Fragment(piece(part, &context)),
            Ok(Next::End(fate)) => return Walk::Done(fate),
            Err(failure) => return Walk::Done(Fate::Undecodable(failure)),
        }
    }
}

#[cold]
fn piece<'a>(part: Part<'a>, context: &Context) -> Piece<'a> {
    Piece {
        src: context.src,
        dst: context.dst,
        v6: part.v6,
        protocol: part.protocol,
        id: part.id,
        offset: part.offset,
        more: part.more,
        data: part.at.data(),
        missing: part.at.missing(),
        cut: part.at.missing() > 0 || context.notes.has(Note::LengthBeyondWire),
        context: *context,
    }
}

/// Goes on by an EtherType; below 0x0600 it is the length of an 802.3 frame, and LLC follows.
fn after_ethertype<'a>(number: u16, at: &mut Cursor<'a>, context: &mut Context) -> Read<'a> {
    if number < 0x0600 {
        limit(at, number.into(), context);
        return Ok(Next::Into(llc::read));
    }
    Ok(by_ethertype(number).map_or(Next::End(Fate::NotIp), Next::Into))
}

/// Cuts what is behind a header's own length; a length that claims too much is noted and not believed.
fn limit(at: &mut Cursor<'_>, bytes: usize, context: &mut Context) {
    if !at.limit(bytes) {
        context.notes.add(Note::LengthBeyondWire);
    }
}

//! The encapsulation a packet was found in, outermost first.
//!
//! Recorded for the finding only. It is never part of a flow's key: labels, TEIDs and keys differ by direction.

use crate::fate::closed_list;

closed_list! {
/// Kinds of encapsulation, named as in a finding.
pub enum TunnelKind {
    /// 802.1Q; the id is the VLAN.
    Vlan = "vlan",
    /// 802.1ad and its forerunners; the id is the VLAN.
    Qinq = "qinq",
    /// The id is the label.
    Mpls = "mpls",
    /// The id is the session.
    Pppoe = "pppoe",
    /// The id is the key.
    Gre = "gre",
    /// The id is the VNI.
    Vxlan = "vxlan",
    /// The id is the TEID.
    Gtpu = "gtpu",
    /// IPv4 in IPv4.
    Ipip = "ipip",
    /// IPv6 in IPv4.
    SixInFour = "6in4",
    /// IPv4 in IPv6.
    FourInSix = "4in6",
    /// IPv6 in IPv6.
    SixInSix = "6in6",
    /// 802.1ah; the id is the service.
    Pbb = "pbb",
    /// Another link's frames over labels.
    Pseudowire = "pseudowire",
    /// The id is the call.
    Pptp = "pptp",
    /// The id is the tunnel.
    Eoip = "eoip",
    /// Handed to a web cache.
    Wccp = "wccp",
    /// A mirror port's frames; the id is the mirror session.
    Erspan = "erspan",
    /// The id is the VNI.
    Geneve = "geneve",
    /// The id is the VNI.
    VxlanGpe = "vxlan-gpe",
    /// The id is the path of services.
    Nsh = "nsh",
    /// The id is the session.
    L2tp = "l2tp",
    Teredo = "teredo",
    Etherip = "etherip",
    /// Signed, not encrypted.
    Macsec = "macsec",
    /// The id is the instance.
    Lisp = "lisp",
    /// To a tunnel broker.
    Ayiya = "ayiya",
    /// Mirrored by a router or an access point.
    Tzsp = "tzsp",
    /// Between an access point and its controller.
    Capwap = "capwap",
    /// Cisco's, older than 802.1Q; the id is the VLAN.
    Isl = "isl",
    Vntag = "vntag",
    Etag = "etag",
    Fabricpath = "fabricpath",
    Trill = "trill",
    CiscoMetadata = "cisco-metadata",
    /// A time of capture before the frame's own type.
    Arista = "arista",
}
}

/// One encapsulation; an id of 0 is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    pub kind: TunnelKind,
    pub id: u32,
}

/// Steps kept; more are said to exist, not which.
pub const STEPS_MAX: usize = 8;

/// A path of steps of fixed size. What lies beyond the eighth is reported as `more`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TunnelPath {
    kinds: [TunnelKind; STEPS_MAX],
    ids: [u32; STEPS_MAX],
    len: u8,
    more: bool,
}

impl Default for TunnelPath {
    #[inline]
    fn default() -> Self {
        Self::NONE
    }
}

impl TunnelPath {
    /// In no tunnel.
    pub const NONE: Self = Self { kinds: [TunnelKind::Vlan; STEPS_MAX], ids: [0; STEPS_MAX], len: 0, more: false };

    /// Adds a step further inside.
    #[inline]
    pub(crate) fn push(&mut self, kind: TunnelKind, id: u32) {
        let place = usize::from(self.len);
        if let (Some(kinds), Some(ids)) = (self.kinds.get_mut(place), self.ids.get_mut(place)) {
            (*kinds, *ids) = (kind, id);
            self.len = self.len.saturating_add(1);
        } else {
            self.more = true;
        }
    }

    /// Whether the packet was in no tunnel.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The steps kept, outermost first.
    pub fn steps(&self) -> impl Iterator<Item = Step> + '_ {
        let pairs = self.kinds.iter().zip(&self.ids).take(usize::from(self.len));
        pairs.map(|(kind, id)| Step { kind: *kind, id: *id })
    }

    /// As text, outermost first: `vlan:100`, `gre` without a key; a last `more` stands for steps not kept.
    pub fn labels(&self) -> Vec<String> {
        let label = |step: Step| match step.id {
            0 => step.kind.name().to_owned(),
            id => format!("{}:{id}", step.kind.name()),
        };
        self.steps().map(label).chain(self.more.then(|| "more".to_owned())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_outermost_first_and_say_when_there_were_more() {
        let mut path = TunnelPath::default();
        assert!(path.is_empty());
        assert!(path.labels().is_empty());
        path.push(TunnelKind::Vlan, 100);
        path.push(TunnelKind::Gre, 0);
        assert_eq!(path.labels(), ["vlan:100", "gre"]);
        (0..7).for_each(|label| path.push(TunnelKind::Mpls, 16 + label));
        assert_eq!(path.steps().count(), STEPS_MAX);
        assert_eq!(path.labels()[7..], ["mpls:21", "more"]);
    }
}

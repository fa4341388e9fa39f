//! Link types: their numbers in capture files, their names, and whether the product decodes them. All are delivered;
//! those that are not decoded are counted by name.

/// Whether packets of a link type are decoded. A test of the decoder holds this list to its own.
const READ: bool = true;
const COUNTED: bool = false;

/// By number, rising.
const LINKS: [(u16, &str, bool); 150] = [
    (0, "null", READ),
    (1, "ethernet", READ),
    (2, "exp_ethernet", COUNTED),
    (3, "ax25", COUNTED),
    (4, "pronet", COUNTED),
    (5, "chaos", COUNTED),
    (6, "token_ring", READ),
    (7, "arcnet_bsd", READ),
    (8, "slip", READ),
    (9, "ppp", READ),
    (10, "fddi", READ),
    (12, "raw_bsd", READ),
    (14, "raw_openbsd", READ),
    (50, "ppp_hdlc", READ),
    (51, "ppp_ether", READ),
    (99, "symantec_firewall", COUNTED),
    (100, "atm_rfc1483", READ),
    (101, "raw", READ),
    (104, "cisco_hdlc", READ),
    (105, "wlan", READ),
    (106, "atm_clip", READ),
    (107, "frame_relay", READ),
    (108, "loop", READ),
    (109, "enc", READ),
    (113, "linux_cooked", READ),
    (114, "local_talk", COUNTED),
    (117, "pflog", READ),
    (119, "wlan_prism", READ),
    (122, "ip_over_fc", COUNTED),
    (123, "sunatm", READ),
    (127, "wlan_radiotap", READ),
    (128, "tzsp", READ),
    (129, "arcnet_linux", READ),
    (130, "juniper_mlppp", COUNTED),
    (131, "juniper_mlfr", COUNTED),
    (132, "juniper_es", COUNTED),
    (133, "juniper_ggsn", COUNTED),
    (134, "juniper_mfr", COUNTED),
    (135, "juniper_atm2", COUNTED),
    (136, "juniper_services", COUNTED),
    (137, "juniper_atm1", COUNTED),
    (138, "ip_over_firewire", COUNTED),
    (139, "mtp2_with_pseudo_header", COUNTED),
    (140, "mtp2", COUNTED),
    (141, "mtp3", COUNTED),
    (142, "sccp", COUNTED),
    (143, "docsis", COUNTED),
    (144, "linux_irda", COUNTED),
    (147, "user0", COUNTED),
    (148, "user1", COUNTED),
    (149, "user2_pktap", READ),
    (150, "user3", COUNTED),
    (151, "user4", COUNTED),
    (152, "user5", COUNTED),
    (153, "user6", COUNTED),
    (154, "user7", COUNTED),
    (155, "user8", COUNTED),
    (156, "user9", COUNTED),
    (157, "user10", COUNTED),
    (158, "user11", COUNTED),
    (159, "user12", COUNTED),
    (160, "user13", COUNTED),
    (161, "user14", COUNTED),
    (162, "user15", COUNTED),
    (163, "wlan_avs", READ),
    (165, "bacnet_ms_tp", COUNTED),
    (166, "ppp_pppd", READ),
    (169, "gprs_llc", COUNTED),
    (170, "gpf_t", COUNTED),
    (171, "gpf_f", COUNTED),
    (177, "linux_lapd", COUNTED),
    (178, "juniper_ethernet", READ),
    (179, "juniper_ppp", READ),
    (180, "juniper_frame_relay", READ),
    (181, "juniper_hdlc", READ),
    (182, "juniper_mfr_link", COUNTED),
    (183, "juniper_vp", COUNTED),
    (187, "bluetooth_hci", COUNTED),
    (189, "usb_linux", COUNTED),
    (190, "can20b", COUNTED),
    (191, "ieee802_15_4_linux", COUNTED),
    (192, "ppi", READ),
    (195, "ieee802_15_4", COUNTED),
    (196, "sita", COUNTED),
    (197, "erf", READ),
    (201, "bluetooth_hci_with_direction", COUNTED),
    (203, "lapd", COUNTED),
    (204, "ppp_with_direction", READ),
    (205, "hdlc_with_direction", READ),
    (206, "frame_relay_with_direction", READ),
    (209, "ipmb_linux", COUNTED),
    (215, "ieee802_15_4_nonask", COUNTED),
    (220, "usb_linux_mmapped", COUNTED),
    (224, "fc_2", COUNTED),
    (225, "fc_2_with_frame_delims", COUNTED),
    (226, "ipnet", READ),
    (227, "can_socketcan", COUNTED),
    (228, "ipv4", READ),
    (229, "ipv6", READ),
    (230, "ieee802_15_4_without_fcs", COUNTED),
    (231, "dbus", COUNTED),
    (235, "dvb_ci", COUNTED),
    (236, "mux27010", COUNTED),
    (237, "stanag_5066", COUNTED),
    (239, "nflog", READ),
    (240, "netanalyzer", READ),
    (241, "netanalyzer_transparent", READ),
    (242, "ip_over_infiniband", COUNTED),
    (243, "mpeg_2_ts", COUNTED),
    (244, "ng40", COUNTED),
    (245, "nfc_llcp", COUNTED),
    (247, "infiniband", COUNTED),
    (248, "sctp", COUNTED),
    (249, "usbpcap", COUNTED),
    (250, "rtac_serial", COUNTED),
    (251, "bluetooth_le", COUNTED),
    (253, "netlink", COUNTED),
    (254, "bluetooth_linux_monitor", COUNTED),
    (256, "bluetooth_le_with_header", COUNTED),
    (257, "profibus", COUNTED),
    (258, "pktap", READ),
    (259, "epon", COUNTED),
    (260, "ipmi_hpm2", COUNTED),
    (261, "zwave_r1_r2", COUNTED),
    (262, "zwave_r3", COUNTED),
    (263, "wattstopper", COUNTED),
    (264, "iso_14443", COUNTED),
    (265, "rds", COUNTED),
    (266, "usb_darwin", COUNTED),
    (267, "openflow", COUNTED),
    (268, "sdlc", COUNTED),
    (270, "tilink", COUNTED),
    (271, "vsock", COUNTED),
    (273, "docsis31", COUNTED),
    (274, "ethernet_mpacket", COUNTED),
    (275, "displayport", COUNTED),
    (276, "linux_cooked_v2", READ),
    (278, "openvizsla", COUNTED),
    (279, "ebhscr", COUNTED),
    (280, "vpp_dispatch", COUNTED),
    (281, "dsa_broadcom", READ),
    (282, "dsa_broadcom_before", READ),
    (283, "ieee802_15_4_tap", COUNTED),
    (284, "dsa_marvell", READ),
    (285, "dsa_marvell_with_type", READ),
    (286, "elee", COUNTED),
    (287, "zwave_serial", COUNTED),
    (288, "usb_2_0", COUNTED),
    (289, "atsc_alp", COUNTED),
    (290, "event_tracing", COUNTED),
];

fn find(link: u16) -> Option<&'static (u16, &'static str, bool)> {
    let place = LINKS.binary_search_by_key(&link, |&(number, ..)| number);
    place.ok().and_then(|place| LINKS.get(place))
}

/// Whether this link type is one of those the product decodes.
#[must_use]
pub fn is_link_read(link: u16) -> bool {
    find(link).is_some_and(|&(.., is_read)| is_read)
}

/// The name of a link type; `None` for a number that nothing was assigned to.
#[must_use]
pub fn link_name(link: u16) -> Option<&'static str> {
    find(link).map(|&(_, name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_found_and_every_name_stands_for_one() {
        for (place, &(number, name, is_read)) in LINKS.iter().enumerate() {
            assert_eq!(link_name(number), Some(name));
            assert_eq!(is_link_read(number), is_read);
            assert!(LINKS[..place].iter().all(|&(earlier, other, _)| earlier < number && other != name));
        }
        assert_eq!((link_name(11), is_link_read(11)), (None, false));
    }
}

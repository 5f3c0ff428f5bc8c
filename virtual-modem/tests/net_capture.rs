//! The capture file against tshark: datagrams after faults, DTLS decrypted with the secrets in the file itself.

mod net_support;

use std::process::Command;

use net_support::dtls_server::DtlsServer;
use net_support::*;
use virtual_modem::net::control;

#[test]
fn tshark_decrypts_the_capture() {
    let path = std::env::temp_dir().join(format!("virtual-modem-{}.pcapng", std::process::id()));
    let _turn = start_with(&[("VIRTUAL_MODEM_PCAP", path.to_str().unwrap())]);
    let server = DtlsServer::start("PSK-AES128-CCM8");
    let fd = open(DGRAM, DTLS);
    set_int(fd, SECURE_LEVEL, 2, 25).unwrap();
    limit_receive(fd, 30);
    connect(fd, server.address).unwrap();
    // A confirmable CoAP GET of /3/0 with token 0x7a, which the server sends back.
    let request = [0x41, 1, 0x12, 0x34, 0x7a, 0xb1, b'3', 0x01, b'0'];
    send(fd, &request).unwrap();
    assert_eq!(receive(fd, 100, 0).unwrap(), request);
    control("fault loss 100% out").unwrap();
    send(fd, &request).unwrap();
    control("fault clear").unwrap();
    close(&[fd]);

    let port = server.address.port();
    let output = Command::new("tshark")
        .args([
            "-r",
            path.to_str().unwrap(),
            "-d",
            &format!("udp.port=={port},dtls"),
        ])
        .args(["-d", &format!("dtls.port=={port},coap")])
        .args([
            "-o",
            "ip.check_checksum:TRUE",
            "-o",
            "udp.check_checksum:TRUE",
        ])
        .args([
            "-T",
            "fields",
            "-e",
            "frame.time_epoch",
            "-e",
            "udp.dstport",
            "-e",
            "coap.opt.uri_path_recon",
        ])
        .args([
            "-e",
            "udp.checksum.status",
            "-e",
            "ip.checksum.status",
            "-e",
            "coap.token",
        ])
        .output()
        .expect("tshark is installed");
    let text = String::from_utf8(output.stdout).unwrap();
    std::fs::remove_file(&path).unwrap();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert!(rows.len() >= 8, "{text}");
    for row in &rows {
        assert!(row[0].starts_with("17040672"), "simulated time: {text}");
        assert_eq!((row[3], row[4]), ("1", "1"), "checksums are good: {text}");
    }
    let coap: Vec<_> = rows
        .iter()
        .filter(|row| row[2] == "/3/0" && row[5] == "7a")
        .collect();
    // The request that was lost on the way out is not on the wire.
    assert_eq!(coap.len(), 2, "{text}");
    assert_eq!(coap[0][1], port.to_string());
}

//! Writes what passes on the simulated wire as pcapng: raw IP packets with UDP headers made up around each datagram.
//! Time stamps are simulated time since 2024-01-01. Each packet is flushed, so that a killed process leaves a whole file.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

const EPOCH_MS: i64 = 1_704_067_200_000;
const LINKTYPE_RAW: u16 = 101;
const UDP: u8 = 17;
/// Kind of secrets: a key log as of TLS.
const TLS_KEY_LOG: u32 = 0x544c_534b;

/// An open capture file.
#[derive(Debug)]
pub struct Capture(File);

impl Capture {
    /// Opens `path`. With `append` a new section is added to what is there, otherwise the file starts anew.
    pub fn open(path: &Path, append: bool) -> io::Result<Capture> {
        let file = OpenOptions::new()
            .create(true)
            .write(true)
            .append(append)
            .truncate(!append)
            .open(path)?;
        let mut capture = Capture(file);
        let mut section = Vec::new();
        section.extend(0x1a2b_3c4d_u32.to_le_bytes());
        section.extend([1, 0, 0, 0]);
        section.extend((-1_i64).to_le_bytes());
        capture.block(0x0a0d_0d0a, &section)?;
        let mut interface = Vec::new();
        interface.extend(LINKTYPE_RAW.to_le_bytes());
        interface.extend([0; 6]);
        // Option if_tsresol: milliseconds.
        interface.extend([9, 0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
        capture.block(1, &interface)?;
        Ok(capture)
    }

    /// Adds one datagram at simulated time `now_ms`. Addresses of different families are an error.
    pub fn datagram(
        &mut self,
        now_ms: i64,
        source: SocketAddr,
        target: SocketAddr,
        bytes: &[u8],
    ) -> io::Result<()> {
        let packet = packet(source, target, bytes).ok_or(io::ErrorKind::InvalidInput)?;
        let time = (EPOCH_MS + now_ms) as u64;
        let mut body = Vec::new();
        for field in [
            0,
            (time >> 32) as u32,
            time as u32,
            packet.len() as u32,
            packet.len() as u32,
        ] {
            body.extend(field.to_le_bytes());
        }
        body.extend(packet);
        self.block(6, &body)
    }

    /// Adds a line of a key log (`CLIENT_RANDOM ...`), with which Wireshark decrypts what follows: Decryption Secrets Block.
    pub fn secret(&mut self, line: &str) -> io::Result<()> {
        let mut body = Vec::new();
        body.extend(TLS_KEY_LOG.to_le_bytes());
        body.extend((line.len() as u32 + 1).to_le_bytes());
        body.extend(line.as_bytes());
        body.push(b'\n');
        self.block(10, &body)
    }

    fn block(&mut self, kind: u32, body: &[u8]) -> io::Result<()> {
        let padded = body.len().next_multiple_of(4);
        let total = (padded + 12) as u32;
        let mut block = Vec::with_capacity(padded + 12);
        block.extend(kind.to_le_bytes());
        block.extend(total.to_le_bytes());
        block.extend(body);
        block.resize(8 + padded, 0);
        block.extend(total.to_le_bytes());
        self.0.write_all(&block)?;
        self.0.flush()
    }
}

fn packet(source: SocketAddr, target: SocketAddr, bytes: &[u8]) -> Option<Vec<u8>> {
    let udp_length = u16::try_from(bytes.len() + 8).ok()?;
    let mut udp = Vec::with_capacity(bytes.len() + 8);
    udp.extend(source.port().to_be_bytes());
    udp.extend(target.port().to_be_bytes());
    udp.extend(udp_length.to_be_bytes());
    udp.extend([0, 0]);
    udp.extend(bytes);
    let mut pseudo = Vec::new();
    let header = match (source.ip(), target.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            pseudo.extend(from.octets());
            pseudo.extend(to.octets());
            pseudo.extend([0, UDP]);
            pseudo.extend(udp_length.to_be_bytes());
            let mut header = vec![0x45, 0];
            header.extend((udp_length.checked_add(20)?).to_be_bytes());
            header.extend([0, 0, 0x40, 0, 64, UDP, 0, 0]);
            header.extend(from.octets());
            header.extend(to.octets());
            let sum = checksum(&header);
            header[10..12].copy_from_slice(&sum.to_be_bytes());
            header
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            pseudo.extend(from.octets());
            pseudo.extend(to.octets());
            pseudo.extend(u32::from(udp_length).to_be_bytes());
            pseudo.extend([0, 0, 0, UDP]);
            let mut header = vec![0x60, 0, 0, 0];
            header.extend(udp_length.to_be_bytes());
            header.extend([UDP, 64]);
            header.extend(from.octets());
            header.extend(to.octets());
            header
        }
        _ => return None,
    };
    pseudo.extend(&udp);
    // A computed 0 is sent as all ones (RFC 768).
    let sum = match checksum(&pseudo) {
        0 => 0xffff,
        sum => sum,
    };
    udp[6..8].copy_from_slice(&sum.to_be_bytes());
    Some([header, udp].concat())
}

/// Internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0)));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_check_out() {
        let packet = packet(
            "127.0.0.1:1000".parse().unwrap(),
            "127.0.0.1:5684".parse().unwrap(),
            b"abc",
        )
        .unwrap();
        assert_eq!(checksum(&packet[..20]), 0);
        assert_eq!(
            (packet.len(), packet[3], &packet[28..]),
            (31, 31, &b"abc"[..])
        );
        let pseudo = [&packet[12..20], &[0, UDP, 0, 11], &packet[20..]].concat();
        assert_eq!(checksum(&pseudo), 0);
    }

    #[test]
    fn blocks_are_whole_and_padded() {
        let path = std::env::temp_dir().join(format!("capture-{}.pcapng", std::process::id()));
        let address = "[::1]:5684".parse().unwrap();
        for append in [false, true] {
            Capture::open(&path, append)
                .unwrap()
                .datagram(1500, address, address, b"hello")
                .unwrap();
        }
        let bytes = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let mut rest = &bytes[..];
        let mut kinds = Vec::new();
        while !rest.is_empty() {
            let word = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
            let length = word(4) as usize;
            assert_eq!(length % 4, 0);
            assert_eq!(word(length - 4) as usize, length);
            kinds.push(word(0));
            rest = &rest[length..];
        }
        assert_eq!(kinds, [0x0a0d_0d0a, 1, 6, 0x0a0d_0d0a, 1, 6]);
    }
}

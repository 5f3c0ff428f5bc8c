//! Reads the capture the virtual modem writes (pcapng, raw IP): each datagram with its simulated time.

use carrier_lab::coap::Message;
use std::path::Path;

/// Time stamp of simulated time 0, in Unix milliseconds.
const EPOCH_MS: u64 = 1_704_067_200_000;
/// Block type of a packet with its time (pcapng, Enhanced Packet Block).
const PACKET_BLOCK: u32 = 6;

/// One datagram on the wire.
#[derive(Clone, Debug)]
pub struct Packet {
    /// Simulated milliseconds since the process started.
    pub at_ms: u64,
    /// Device to server.
    pub outbound: bool,
    /// Port of the device.
    pub port: u16,
    /// UDP payload.
    pub bytes: Vec<u8>,
}

impl Packet {
    /// The payload as a CoAP message, when it is one.
    pub fn message(&self) -> Option<Message> {
        Message::parse(&self.bytes).ok()
    }
}

/// Every datagram in a capture, oldest first. `server_port` tells the directions apart. IPv4 only; a block that was not
/// written to its end is left out.
pub fn read(path: &Path, server_port: u16) -> Vec<Packet> {
    let file = std::fs::read(path).unwrap_or_default();
    let mut rest = &file[..];
    let mut packets = Vec::new();
    while let (Some(kind), Some(length)) = (word(rest, 0), word(rest, 4)) {
        let Some(block) = rest.get(..length as usize).filter(|_| length >= 12) else {
            break;
        };
        rest = &rest[length as usize..];
        if kind == PACKET_BLOCK {
            packets.extend(packet(block, server_port));
        }
    }
    packets
}

fn packet(block: &[u8], server_port: u16) -> Option<Packet> {
    let time = u64::from(word(block, 12)?) << 32 | u64::from(word(block, 16)?);
    let length = word(block, 20)? as usize;
    let ip = block.get(28..28 + length)?;
    let header = usize::from(ip.first()? & 0x0f) * 4;
    if ip[0] >> 4 != 4 {
        return None;
    }
    let udp = ip.get(header..)?;
    let port = |at: usize| Some(u16::from_be_bytes([*udp.get(at)?, *udp.get(at + 1)?]));
    let (source, target) = (port(0)?, port(2)?);
    let outbound = target == server_port;
    Some(Packet {
        at_ms: time.checked_sub(EPOCH_MS)?,
        outbound,
        port: if outbound { source } else { target },
        bytes: udp.get(8..)?.to_vec(),
    })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

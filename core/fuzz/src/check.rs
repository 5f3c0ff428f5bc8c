//! What every datagram of the client has to be, judged by two foreign decoders.

use coap_lite::{MessageType, Packet};
use coap_message::{MessageOption, ReadableMessage};

/// What a decoder found.
pub struct Decoded {
    /// 0 CON, 1 NON, 2 ACK, 3 RST.
    pub kind: u8,
    /// Code byte.
    pub code: u8,
    /// Message id.
    pub id: u16,
    /// Token.
    pub token: Vec<u8>,
    /// Payload.
    pub payload: Vec<u8>,
}

/// Decodes a datagram of the client; panics when it is not well-formed or the decoders disagree.
pub fn decode(bytes: &[u8]) -> Decoded {
    let packet = match Packet::from_bytes(bytes) {
        Ok(packet) => packet,
        Err(error) => panic!("not CoAP ({error:?}): {bytes:02x?}"),
    };
    assert_eq!(packet.header.get_version(), 1, "{bytes:02x?}");
    let kind = match packet.header.get_type() {
        MessageType::Confirmable => 0,
        MessageType::NonConfirmable => 1,
        MessageType::Acknowledgement => 2,
        MessageType::Reset => 3,
    };
    let token = packet.get_token().to_vec();
    let tail = &bytes[4 + token.len()..];
    let second = coap_message_implementations::inmemory::Message::new_from_slice(bytes[1], tail);
    let theirs = second
        .options()
        .map(|option| (option.number(), option.value().to_vec()));
    let ours = packet
        .options()
        .flat_map(|(number, values)| values.iter().map(move |value| (*number, value.clone())));
    assert!(theirs.eq(ours), "options read differently: {bytes:02x?}");
    assert_eq!(second.payload(), packet.payload, "{bytes:02x?}");
    if bytes[1] == 0 {
        assert_eq!(
            bytes.len(),
            4,
            "an empty message is four bytes: {bytes:02x?}"
        );
    }
    Decoded {
        kind,
        code: bytes[1],
        id: packet.header.message_id,
        token,
        payload: packet.payload,
    }
}

/// Checks an immediate reply against what it replies to. `tokens`: all tokens that came with this message id, since a
/// repeated id gets the reply of the message that had it first (RFC 7252 4.5).
pub fn reply(request: &[u8], reply: &[u8], tokens: &[Vec<u8>]) {
    let answer = decode(reply);
    let kind = request[0] >> 4 & 3;
    let id = u16::from_be_bytes([request[2], request[3]]);
    match answer.kind {
        2 | 3 => assert_eq!(answer.id, id, "{request:02x?} {reply:02x?}"),
        1 => {}
        _ => panic!("a reply is never confirmable: {request:02x?} {reply:02x?}"),
    }
    if tokens.len() == 1 {
        let matches = if kind == 0 {
            answer.kind >= 2
        } else {
            answer.kind == 1
        };
        assert!(matches, "{request:02x?} {reply:02x?}");
    }
    if answer.code != 0 {
        assert!(
            tokens.contains(&answer.token),
            "{request:02x?} {reply:02x?}"
        );
        assert!(
            matches!(answer.code >> 5, 2 | 4 | 5),
            "{request:02x?} {reply:02x?}"
        );
    }
}

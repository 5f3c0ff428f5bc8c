//! A client of a few lines that can be bootstrapped, for tests of the bootstrap server: it keeps what is written, byte by
//! byte, and registers with the accounts it was given, over DTLS or without.

use coap_lite::{CoapOption, MessageClass, MessageType, Packet, RequestType, ResponseType};
use openssl::ssl::{Ssl, SslContext, SslMethod, SslStream};
use std::io::{self, Read, Write};
use std::net::UdpSocket;
use std::time::Duration;

/// A request as the device got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    pub method: String,
    pub path: String,
    pub payload: Vec<u8>,
    pub blocks: usize,
    pub confirmable: bool,
}

/// A connected UDP socket as a stream of datagrams.
#[derive(Debug)]
pub struct Datagrams(UdpSocket);

impl Read for Datagrams {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.recv(buffer)
    }
}

impl Write for Datagrams {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A connection to a server.
pub enum Link {
    Plain(UdpSocket),
    Secure(Box<SslStream<Datagrams>>),
}

impl Link {
    /// Connects to a URI such as `coaps://127.0.0.1:5684`; the error is that of the handshake.
    pub fn open(uri: &str, identity: &[u8], key: &[u8]) -> Result<Link, String> {
        let (scheme, address) = uri.split_once("://").expect("a URI");
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(address).unwrap();
        let wait = Some(Duration::from_secs(5));
        socket.set_read_timeout(wait).unwrap();
        if scheme == "coap" {
            return Ok(Link::Plain(socket));
        }
        let (identity, key) = (identity.to_vec(), key.to_vec());
        let mut builder = SslContext::builder(SslMethod::dtls()).unwrap();
        builder.set_security_level(0);
        let ciphers = "PSK-AES128-CCM8:@SECLEVEL=0";
        builder.set_cipher_list(ciphers).unwrap();
        builder.set_psk_client_callback(move |_, _, name, secret| {
            name[..identity.len()].copy_from_slice(&identity);
            name[identity.len()] = 0;
            secret[..key.len()].copy_from_slice(&key);
            Ok(key.len())
        });
        let mut ssl = Ssl::new(&builder.build()).unwrap();
        ssl.set_mtu(1280).unwrap();
        let stream = ssl.connect(Datagrams(socket));
        let stream = stream.map_err(|error| format!("{error:?}"))?;
        Ok(Link::Secure(Box::new(stream)))
    }

    pub fn send(&mut self, bytes: &[u8]) {
        match self {
            Link::Plain(socket) => drop(socket.send(bytes).unwrap()),
            Link::Secure(stream) => stream.write_all(bytes).unwrap(),
        }
    }

    /// The next datagram; `None` when none comes.
    pub fn receive(&mut self) -> Option<Vec<u8>> {
        let mut buffer = vec![0; 4096];
        let length = match self {
            Link::Plain(socket) => socket.recv(&mut buffer).ok()?,
            Link::Secure(stream) => stream.read(&mut buffer).ok().filter(|length| *length > 0)?,
        };
        buffer.truncate(length);
        Some(buffer)
    }

    /// Sends a POST of the client and waits for the code of its answer, repeating it every 200 ms.
    pub fn post(&mut self, path: &str, query: &[&str], links: &str) -> Option<String> {
        let mut packet = Packet::new();
        packet.header.set_type(MessageType::Confirmable);
        packet.header.code = MessageClass::Request(RequestType::Post);
        packet.header.message_id = 0x1111;
        packet.set_token(vec![0xC0, 0xFE]);
        for segment in path.split('/').skip(1) {
            packet.add_option(CoapOption::UriPath, segment.into());
        }
        for item in query {
            packet.add_option(CoapOption::UriQuery, (*item).into());
        }
        if !links.is_empty() {
            packet.add_option(CoapOption::ContentFormat, vec![40]);
            packet.payload = links.into();
        }
        let bytes = packet.to_bytes().unwrap();
        self.patience(Duration::from_millis(200));
        let mut answer = None;
        for _ in 0..5 {
            self.send(&bytes);
            answer = self.receive();
            if answer.is_some() {
                break;
            }
        }
        self.patience(Duration::from_secs(5));
        Some(Packet::from_bytes(&answer?).unwrap().header.get_code())
    }

    fn patience(&mut self, wait: Duration) {
        let socket = match self {
            Link::Plain(socket) => &*socket,
            Link::Secure(stream) => &stream.get_ref().0,
        };
        socket.set_read_timeout(Some(wait)).unwrap();
    }
}

/// Answers for requests the device does not take as usual: method and path, code, and payload in link format.
pub type Oddities = &'static [(&'static str, &'static str, u8, &'static str)];

/// Asks for a bootstrap and serves it until Bootstrap-Finish or until the server is silent for `rest`; gives the requests. Writes and
/// Bootstrap-Finish get 2.04, deletes 2.02, everything else 4.05, but for the oddities.
pub fn bootstrap(link: &mut Link, endpoint: &str, odd: Oddities, rest: Duration) -> Vec<Got> {
    let code = link.post("/bs", &[&format!("ep={endpoint}")], "");
    assert_eq!(code.as_deref(), Some("2.04"));
    link.patience(rest);
    let mut requests = Vec::new();
    let (mut upload, mut blocks) = (Vec::new(), 0);
    while let Some(bytes) = link.receive() {
        let request = Packet::from_bytes(&bytes).unwrap();
        let code = request.header.get_code();
        let method = match code.as_str() {
            "0.01" => "GET",
            "0.02" => "POST",
            "0.03" => "PUT",
            "0.04" => "DELETE",
            // The answer to our request again, or an acknowledgement.
            _ => continue,
        };
        let path = path(&request);
        let mut answer = Packet::new();
        let confirmable = request.header.get_type() == MessageType::Confirmable;
        answer.header.set_type(match confirmable {
            true => MessageType::Acknowledgement,
            false => MessageType::NonConfirmable,
        });
        answer.header.message_id = request.header.message_id;
        answer.set_token(request.get_token().to_vec());
        let option = request.get_option(CoapOption::Block1);
        let block1 = option.and_then(|values| values.front().cloned());
        upload.extend_from_slice(&request.payload);
        blocks += usize::from(block1.is_some());
        if block1
            .as_ref()
            .is_some_and(|value| value.last().is_some_and(|low| low & 8 != 0))
        {
            answer.header.code = MessageClass::Response(ResponseType::Continue);
            answer.add_option(CoapOption::Block1, block1.unwrap());
            link.send(&answer.to_bytes().unwrap());
            continue;
        }
        let known = odd.iter().find(|(m, p, ..)| *m == method && *p == path);
        let (code, text) = match known {
            Some((_, _, code, text)) => (*code, *text),
            None => match method {
                "PUT" => (0x44, ""),
                "POST" if path == "/bs" => (0x44, ""),
                "DELETE" => (0x42, ""),
                _ => (0x85, ""),
            },
        };
        answer.header.code = MessageClass::Response(ResponseType::Content);
        if !text.is_empty() {
            answer.add_option(CoapOption::ContentFormat, vec![40]);
            answer.payload = text.into();
        }
        let mut bytes = answer.to_bytes().unwrap();
        bytes[1] = code;
        link.send(&bytes);
        requests.push(Got {
            method: method.into(),
            path: path.clone(),
            payload: std::mem::take(&mut upload),
            blocks: std::mem::take(&mut blocks),
            confirmable,
        });
        if method == "POST" && path == "/bs" && code == 0x44 {
            break;
        }
    }
    requests
}

fn path(request: &Packet) -> String {
    let segments = request.get_option(CoapOption::UriPath);
    let text: String = segments
        .into_iter()
        .flatten()
        .map(|segment| format!("/{}", String::from_utf8_lossy(segment)))
        .collect();
    if text.is_empty() { "/".into() } else { text }
}

/// Method and path of each request.
pub fn lines(requests: &[Got]) -> Vec<String> {
    requests
        .iter()
        .map(|got| format!("{} {}", got.method, got.path))
        .collect()
}

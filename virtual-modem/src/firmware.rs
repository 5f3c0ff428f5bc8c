//! The modem's area for packages of its own firmware: what is written in which order, what a package has to look like, and
//! what the next start makes of it. Codes are those of the modem library's delta update functions.
//!
//! A package of this modem: [`MAGIC`], the UUID of the firmware it starts from, that of the one it makes, the version of that (32
//! bytes, zeros behind the text), the length of the whole (big endian), the SHA-256 of what follows, and that.

use crate::engine::fault::Span;
use sha2::{Digest as _, Sha256};

/// First bytes of a package.
pub const MAGIC: &[u8; 8] = b"VMDELTA1";

/// Bytes of a UUID as text.
pub const UUID: usize = 36;
const VERSION: usize = 32;
const SOURCE: usize = MAGIC.len();
const TARGET: usize = SOURCE + UUID;
const NAME: usize = TARGET + UUID;
const LENGTH: usize = NAME + VERSION;
const DIGEST: usize = LENGTH + 4;

/// Bytes before the content.
pub const HEADER: usize = DIGEST + 32;

/// Codes of the update functions.
pub mod code {
    /// The header is not that of a package.
    pub const HEADER: i32 = 3;
    /// The content is damaged.
    pub const DATA: i32 = 5;
    /// The package starts from another firmware.
    pub const UUID: i32 = 9;
    /// The area has to be erased first.
    pub const NOT_BLANK: i32 = 11;
    /// Writing failed.
    pub const WRITE: i32 = 12;
    /// More bytes than the package has.
    pub const OFFSET: i32 = 14;
    /// The area is being erased.
    pub const ERASE_PENDING: i32 = 17;
    /// Not in this state.
    pub const NOT_ALLOWED: i32 = 18;
    /// The package is not whole.
    pub const INCOMPLETE: i32 = 19;
}

/// What [`Area::offset`] tells of an area that has to be erased.
pub const DIRTY: usize = 2_621_440;

/// What the start that applies a package makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The new firmware runs.
    Updated,
    /// The old one runs on: the signature is wrong.
    Authentication,
    /// The old one runs on: the package starts from another.
    Uuid,
    /// None runs any more.
    Internal,
    /// None runs any more.
    Hardware,
    /// The supply voltage is too low: again at the next start.
    VoltageLow,
}

/// No firmware runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dead;

/// Names in control commands and in the stored text, with the results of the modem library's start.
const OUTCOMES: [(&str, Outcome, i32); 6] = [
    ("ok", Outcome::Updated, 0x0550_0001),
    ("authentication", Outcome::Authentication, 0x0440_0003),
    ("uuid", Outcome::Uuid, 0x0440_0004),
    ("internal", Outcome::Internal, 0x0440_0001),
    ("hardware", Outcome::Hardware, 0x0440_0002),
    ("voltage", Outcome::VoltageLow, 0x0440_0005),
];

impl Outcome {
    /// By its name.
    pub fn named(name: &str) -> Option<Outcome> {
        let entry = OUTCOMES.iter().find(|entry| entry.0 == name)?;
        Some(entry.1)
    }

    fn entry(self) -> &'static (&'static str, Outcome, i32) {
        let found = OUTCOMES.iter().find(|entry| entry.1 == self);
        found.unwrap_or(&OUTCOMES[0])
    }

    /// What the modem library's start returns.
    pub fn result(self) -> i32 {
        self.entry().2
    }
}

/// What is in the area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// A beginning, or nothing.
    Partial,
    /// A whole package.
    Whole,
    /// Something of no use.
    Dirty,
}

/// What a new firmware changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its UUID.
    pub uuid: String,
    /// Its version, as `+CGMR` tells it.
    pub version: String,
}

/// The area.
#[derive(Debug)]
pub struct Area {
    /// Bytes it holds.
    pub size: usize,
    /// How long erasing takes in ms; three times that while LTE is on.
    pub erase_ms: i64,
    /// How long applying a package takes in ms.
    pub apply_ms: i64,
    /// What becomes of the next package.
    pub outcome: Outcome,
    /// Calls of a function that fail with a code.
    pub faults: Vec<(String, i32, Span)>,
    /// Successful calls of write since the area was erased, or in this life.
    pub writes: u32,
    bytes: Vec<u8>,
    content: Content,
    is_open: bool,
    busy_until: Option<i64>,
    is_scheduled: bool,
    is_dead: bool,
    /// Firmware that replaced the one of the profile.
    running: Option<Running>,
}

impl Area {
    /// The area as an earlier life left it: its stored text, empty for none, and its bytes.
    pub fn load(text: &str, bytes: Vec<u8>) -> Area {
        let value = |name: &str| {
            let mut lines = text.lines().filter_map(|line| line.split_once('='));
            lines.find(|line| line.0 == name).map(|line| line.1)
        };
        let running = value("uuid").zip(value("version"));
        Area {
            size: 1024 * 1024,
            erase_ms: 2_000,
            apply_ms: 5_000,
            outcome: value("outcome")
                .and_then(Outcome::named)
                .unwrap_or(Outcome::Updated),
            faults: Vec::new(),
            writes: 0,
            bytes,
            content: match value("content") {
                Some("whole") => Content::Whole,
                Some("dirty") => Content::Dirty,
                _ => Content::Partial,
            },
            is_open: false,
            busy_until: None,
            is_scheduled: value("scheduled") == Some("yes"),
            is_dead: value("dead") == Some("yes"),
            running: running.map(|(uuid, version)| Running {
                uuid: uuid.into(),
                version: version.into(),
            }),
        }
    }

    /// The text to store besides the bytes.
    pub fn text(&self) -> String {
        let yes = |is: bool| if is { "yes" } else { "no" };
        let content = match self.content {
            Content::Partial => "partial",
            Content::Whole => "whole",
            Content::Dirty => "dirty",
        };
        let mut text = format!(
            "content={content}\nscheduled={}\ndead={}\noutcome={}\n",
            yes(self.is_scheduled),
            yes(self.is_dead),
            self.outcome.entry().0
        );
        if let Some(running) = &self.running {
            text += &format!("uuid={}\nversion={}\n", running.uuid, running.version);
        }
        text
    }

    /// Everything that was written.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Firmware that replaced the one of the profile.
    pub fn running(&self) -> Option<&Running> {
        self.running.as_ref()
    }

    /// Counts a call; the code it fails with.
    pub fn fault(&mut self, function: &str) -> Option<i32> {
        let mut code = None;
        for (name, wanted, span) in &mut self.faults {
            if code.is_none() && name == function && span.hits() {
                code = Some(*wanted);
            }
        }
        code
    }

    /// How much of a package is there, or the code why that cannot be told.
    pub fn offset(&mut self, now: i64) -> Result<usize, i32> {
        if self.is_busy(now) {
            return Err(code::ERASE_PENDING);
        }
        Ok(match self.content {
            Content::Dirty => DIRTY,
            Content::Partial | Content::Whole => self.bytes.len(),
        })
    }

    /// Begins writing; `None`: that was done already.
    pub fn begin(&mut self, now: i64) -> Option<i32> {
        if self.is_busy(now) {
            return Some(code::ERASE_PENDING);
        }
        if self.content != Content::Partial {
            return Some(code::NOT_BLANK);
        }
        if std::mem::replace(&mut self.is_open, true) {
            return None;
        }
        Some(0)
    }

    /// Takes the next bytes of a package that starts from the firmware with this UUID.
    pub fn write(&mut self, uuid: &str, bytes: &[u8]) -> i32 {
        if !self.is_open {
            return code::NOT_ALLOWED;
        }
        let code = self.take(uuid, bytes);
        if code == 0 {
            self.writes += 1;
        } else {
            self.content = Content::Dirty;
        }
        code
    }

    fn take(&mut self, uuid: &str, bytes: &[u8]) -> i32 {
        if self.bytes.len() + bytes.len() > self.size {
            return code::WRITE;
        }
        if self.content != Content::Partial {
            return code::OFFSET;
        }
        self.bytes.extend_from_slice(bytes);
        let package = &self.bytes;
        let known = package.len().min(MAGIC.len());
        if package[..known] != MAGIC[..known] {
            return code::HEADER;
        }
        if package.len() >= TARGET && package[SOURCE..TARGET] != *uuid.as_bytes() {
            return code::UUID;
        }
        let Some(length) = package
            .get(LENGTH..DIGEST)
            .and_then(|bytes| bytes.first_chunk())
        else {
            return 0;
        };
        let length = u32::from_be_bytes(*length) as usize;
        if package.len() > length.max(HEADER) {
            return code::OFFSET;
        }
        if package.len() >= HEADER && package.len() == length {
            if Sha256::digest(&package[HEADER..])[..] != package[DIGEST..HEADER] {
                return code::DATA;
            }
            self.content = Content::Whole;
        }
        0
    }

    /// Ends writing.
    pub fn end(&mut self) -> i32 {
        if std::mem::take(&mut self.is_open) {
            0
        } else {
            code::NOT_ALLOWED
        }
    }

    /// Begins to erase; `slowly` while LTE is on.
    pub fn erase(&mut self, now: i64, slowly: bool) -> i32 {
        if self.is_busy(now) {
            return code::ERASE_PENDING;
        }
        if self.is_open {
            return code::NOT_ALLOWED;
        }
        self.content = Content::Dirty;
        self.is_scheduled = false;
        self.busy_until = Some(now + self.erase_ms * if slowly { 3 } else { 1 });
        0
    }

    /// Whether the area is being erased; empties it once that is over.
    fn is_busy(&mut self, now: i64) -> bool {
        let Some(until) = self.busy_until else {
            return false;
        };
        if now < until {
            return true;
        }
        self.busy_until = None;
        self.content = Content::Partial;
        self.bytes.clear();
        self.writes = 0;
        false
    }

    /// Has the package applied at the next start.
    pub fn schedule(&mut self, now: i64) -> i32 {
        if self.is_busy(now) {
            return code::ERASE_PENDING;
        }
        if self.is_open {
            return code::NOT_ALLOWED;
        }
        if self.content != Content::Whole {
            return code::INCOMPLETE;
        }
        self.is_scheduled = true;
        0
    }

    /// The modem starts: what became of a package that was to be applied. An error when no firmware runs.
    pub fn start(&mut self) -> Result<Option<Outcome>, Dead> {
        if self.is_dead {
            return Err(Dead);
        }
        if !self.is_scheduled {
            return Ok(None);
        }
        let outcome = std::mem::replace(&mut self.outcome, Outcome::Updated);
        self.is_scheduled = outcome == Outcome::VoltageLow;
        match outcome {
            Outcome::Updated => self.apply(),
            Outcome::Internal | Outcome::Hardware => self.is_dead = true,
            Outcome::Authentication | Outcome::Uuid | Outcome::VoltageLow => {}
        }
        if !self.is_scheduled {
            self.content = Content::Dirty;
        }
        Ok(Some(outcome))
    }

    fn apply(&mut self) {
        let text = |range: std::ops::Range<usize>| {
            let bytes = self.bytes.get(range).unwrap_or_default();
            String::from_utf8_lossy(bytes).trim_end_matches('\0').into()
        };
        self.running = Some(Running {
            uuid: text(TARGET..NAME),
            version: text(NAME..LENGTH),
        });
    }

    /// The whole firmware is programmed anew, as by a cable: a dead modem runs again.
    pub fn repair(&mut self) {
        self.is_dead = false;
    }

    /// What is there, for people.
    pub fn describe(&mut self, now: i64) -> String {
        let offset = self.offset(now);
        format!(
            "offset={} {} writes={} scheduled={} dead={}",
            offset.map_or("busy".into(), |offset| offset.to_string()),
            if self.content == Content::Whole {
                "whole"
            } else {
                "not whole"
            },
            self.writes,
            self.is_scheduled,
            self.is_dead
        )
    }
}

/// Makes a package that leads from one firmware to another.
pub fn package(source: &str, target: &Running, content: &[u8]) -> Vec<u8> {
    let mut package = MAGIC.to_vec();
    package.extend_from_slice(source.as_bytes());
    package.extend_from_slice(target.uuid.as_bytes());
    package.extend_from_slice(target.version.as_bytes());
    package.resize(LENGTH, 0);
    package.extend_from_slice(&((HEADER + content.len()) as u32).to_be_bytes());
    package.extend_from_slice(&Sha256::digest(content));
    package.extend_from_slice(content);
    package
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "25c95751-efa4-40d4-8b4a-1dcaab81fac9";

    fn target() -> Running {
        Running {
            uuid: "01234567-89ab-cdef-0123-456789abcdef".into(),
            version: "mfw_new".into(),
        }
    }

    fn good() -> Vec<u8> {
        package(OWN, &target(), &[0x5A; 500])
    }

    /// Writes in pieces; the first code that is not 0.
    fn write(area: &mut Area, package: &[u8], piece: usize) -> i32 {
        let codes = package.chunks(piece).map(|piece| area.write(OWN, piece));
        codes.into_iter().find(|code| *code != 0).unwrap_or(0)
    }

    fn area() -> Area {
        let mut area = Area::load("", Vec::new());
        assert_eq!(area.begin(0), Some(0));
        area
    }

    #[test]
    fn a_good_package_runs_after_the_next_start() {
        for piece in [1, 16, 1_024] {
            let mut area = area();
            assert_eq!(area.begin(0), None);
            assert_eq!(write(&mut area, &good(), piece), 0);
            assert_eq!(area.schedule(0), code::NOT_ALLOWED);
            assert_eq!((area.end(), area.end()), (0, code::NOT_ALLOWED));
            assert_eq!(area.schedule(0), 0);
            let mut next = Area::load(&area.text(), area.bytes().to_vec());
            assert_eq!(next.start(), Ok(Some(Outcome::Updated)));
            assert_eq!(next.start(), Ok(None));
            assert_eq!(next.running(), Some(&target()));
            assert_eq!(next.offset(0), Ok(DIRTY));
        }
    }

    #[test]
    fn what_is_no_package_for_this_modem_is_refused_as_soon_as_it_shows() {
        let mut header = good();
        header[3] ^= 1;
        assert_eq!(write(&mut area(), &header, 16), code::HEADER);
        let other = package(&target().uuid, &target(), &[0; 10]);
        assert_eq!(write(&mut area(), &other, 16), code::UUID);
        let mut damaged = good();
        damaged[HEADER + 7] ^= 1;
        assert_eq!(write(&mut area(), &damaged, 16), code::DATA);
        let mut long = good();
        long.push(0);
        assert_eq!(write(&mut area(), &long, 16), code::OFFSET);
        let mut short = area();
        assert_eq!(write(&mut short, &good()[..600], 16), 0);
        assert_eq!((short.end(), short.schedule(0)), (0, code::INCOMPLETE));
        let mut small = area();
        small.size = 100;
        assert_eq!(write(&mut small, &good(), 16), code::WRITE);
        assert_eq!(small.offset(0), Ok(DIRTY));
    }

    #[test]
    fn erasing_takes_its_time() {
        let mut area = area();
        assert_eq!(write(&mut area, &good()[..32], 16), 0);
        assert_eq!(area.erase(0, false), code::NOT_ALLOWED);
        assert_eq!((area.end(), area.erase(0, true)), (0, 0));
        assert_eq!(area.offset(5_999), Err(code::ERASE_PENDING));
        assert_eq!(area.begin(5_999), Some(code::ERASE_PENDING));
        assert_eq!(area.erase(5_999, true), code::ERASE_PENDING);
        assert_eq!(area.offset(6_000), Ok(0));
        assert_eq!(area.begin(6_000), Some(0));
    }

    #[test]
    fn a_package_that_is_not_applied_leaves_the_old_firmware_or_none() {
        for (outcome, runs) in [
            (Outcome::Authentication, true),
            (Outcome::Uuid, true),
            (Outcome::Internal, false),
            (Outcome::Hardware, false),
        ] {
            let mut area = area();
            write(&mut area, &good(), 100);
            assert_eq!((area.end(), area.schedule(0)), (0, 0));
            area.outcome = outcome;
            assert_eq!(area.start(), Ok(Some(outcome)));
            assert_eq!(area.running(), None);
            let next = area.start();
            assert_eq!(next.is_ok(), runs);
        }
    }

    #[test]
    fn with_too_low_a_voltage_the_package_waits() {
        let mut area = area();
        write(&mut area, &good(), 100);
        assert_eq!((area.end(), area.schedule(0)), (0, 0));
        area.outcome = Outcome::VoltageLow;
        assert_eq!(area.start(), Ok(Some(Outcome::VoltageLow)));
        assert_eq!(area.start(), Ok(Some(Outcome::Updated)));
    }
}

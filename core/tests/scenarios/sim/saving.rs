//! What the modem was told of power saving, and of the service centre: kept as texts, as it was told.

use std::collections::BTreeMap;

use carrier_core::Query;

#[derive(Default)]
pub struct Saving {
    /// Every command, in order.
    pub commands: Vec<String>,
    /// Commands that begin so are refused.
    pub refuses: Option<&'static str>,
    pub psm: bool,
    pub periodic: String,
    pub active: String,
    pub cycles: BTreeMap<String, String>,
    pub windows: BTreeMap<String, String>,
    pub centre: String,
}

impl Saving {
    /// Takes or refuses a command.
    pub fn take(&mut self, command: &str) -> bool {
        self.commands.push(command.to_owned());
        if self.refuses.is_some_and(|start| command.starts_with(start)) {
            return false;
        }
        let (name, parameters) = command.split_once('=').expect("a setting");
        let fields: Vec<&str> = parameters
            .split(',')
            .map(|field| field.trim_matches('"'))
            .collect();
        match (name, &fields[..]) {
            ("AT+CSCA", [address, _]) => self.centre = (*address).to_owned(),
            ("AT+CPSMS", ["0"]) => self.psm = false,
            ("AT+CPSMS", ["1", rest @ ..]) => {
                self.psm = true;
                for (field, own) in [(2, &mut self.periodic), (3, &mut self.active)] {
                    if let Some(digits) = rest.get(field).filter(|digits| !digits.is_empty()) {
                        assert_eq!(digits.len(), 8, "{command}");
                        *own = (*digits).to_owned();
                    }
                }
            }
            ("AT+CEDRXS", ["0"]) => self.cycles.clear(),
            ("AT+CEDRXS", ["2", access @ ("4" | "5"), cycle]) => {
                self.cycles.insert((*access).into(), (*cycle).into());
            }
            ("AT%XPTW", [access @ ("4" | "5"), window]) => {
                self.windows.insert((*access).into(), (*window).into());
            }
            _ => panic!("no command of this modem: {command}"),
        }
        true
    }

    pub fn answer(&self, query: Query) -> String {
        let list = |name: &str, all: &BTreeMap<String, String>| {
            let lines = all
                .iter()
                .map(|(access, digits)| format!("{name}: {access},\"{digits}\"\r\n"));
            lines.collect::<String>()
        };
        let answer = match query {
            Query::Psm => format!(
                "+CPSMS: {},,,\"{}\",\"{}\"\r\n",
                u8::from(self.psm),
                self.periodic,
                self.active
            ),
            Query::Cycles => list("+CEDRXS", &self.cycles),
            Query::Windows => list("%XPTW", &self.windows),
            Query::ServiceCentre => format!("+CSCA: \"{}\",145\r\n", self.centre),
            _ => String::new(),
        };
        answer + "OK\r\n"
    }
}

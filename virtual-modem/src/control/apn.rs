//! Control of what the network grants on an access point.

use super::word;
use crate::device::device;
use crate::profile::EsmOrder;

const USAGE: &str = "apn <name> refuse <ESM cause>|allow|remove | apn <name> family IP|IPV6|IPV4V6 \
    | apn <name> user <name> <password> | apn <name> user none \
    | apn <name> no-route <address>[:<port>],...|*|none [silent|unreachable] | apn order before|after";

pub(super) fn command(line: &str) -> Result<String, String> {
    let (name, rest) = word(line);
    let words: Vec<&str> = rest.split_whitespace().collect();
    device().with_engine(|engine| {
        match (name, &words[..]) {
            ("order", ["before"]) => engine.profile.esm_order = EsmOrder::Before,
            ("order", ["after"]) => engine.profile.esm_order = EsmOrder::After,
            (name, ["refuse", cause]) => {
                let cause = cause.parse().map_err(|_| USAGE)?;
                engine.change_apn(name, |apn| apn.refuse = cause);
            }
            (name, ["allow"]) => engine.change_apn(name, |apn| apn.refuse = 0),
            (name, ["remove"]) => {
                if !engine.remove_apn(name) {
                    return Err("not an APN that can be removed".into());
                }
            }
            (name, ["family", family @ ("IP" | "IPV6" | "IPV4V6")]) => {
                engine.change_apn(name, |apn| apn.family = (*family).into());
            }
            (name, ["user", user @ ..]) => {
                let (user, password) = match user {
                    ["none"] => ("", ""),
                    [user, password] => (*user, *password),
                    _ => return Err(USAGE.to_string()),
                };
                engine.change_apn(name, |apn| {
                    apn.user = user.into();
                    apn.password = password.into();
                });
            }
            (name, ["no-route", hosts, how @ ..]) => {
                let unreachable = match how {
                    [] | ["silent"] => false,
                    ["unreachable"] => true,
                    _ => return Err(USAGE.to_string()),
                };
                let hosts: Vec<String> = match *hosts {
                    "none" => Vec::new(),
                    hosts => hosts.split(',').map(String::from).collect(),
                };
                engine.change_apn(name, |apn| {
                    apn.no_route = hosts;
                    apn.unreachable = unreachable;
                });
            }
            _ => return Err(USAGE.to_string()),
        }
        Ok(String::new())
    })
}

//! The AT command table.

use super::Engine;
use super::command::{Command, Operation, Reply};

/// Runs `command`; unknown names are `ERROR`.
pub(crate) fn run(engine: &mut Engine, command: &Command) -> Reply {
    match command.name.as_str() {
        "" => Reply::done(),
        "+CFUN" => engine.cfun(command),
        "+CMEE" => engine.cmee(command),
        "+CGSN" => engine.cgsn(command),
        "+CIMI" => engine.cimi(),
        "+CNUM" => engine.cnum(),
        "%XICCID" => engine.xiccid(),
        "%XOPERID" => engine.xoperid(),
        "+CGMI" => Reply::line(&engine.profile.manufacturer),
        "+CGMM" => Reply::line(&engine.profile.model),
        "+CGMR" => Reply::line(&engine.profile.firmware),
        "%SHORTSWVER" => Reply::line(format!("%SHORTSWVER: {}", engine.profile.short_firmware)),
        "%HWVERSION" => Reply::line(format!("%HWVERSION: {}", engine.profile.hardware)),
        "%XMODEMUUID" => Reply::line(format!("%XMODEMUUID: {}", engine.profile.firmware_uuid)),
        "+CEREG" => engine.cereg(command),
        "+COPS" => engine.cops(command),
        "+CSCON" => engine.cscon(command),
        "+CESQ" => engine.cesq(command),
        "%CESQ" => engine.cesq_events(command),
        "%XSNRSQ" => engine.xsnrsq(command),
        "%CONEVAL" => engine.coneval(),
        "%XMONITOR" => engine.xmonitor(),
        "%XCBAND" => engine.xcband(),
        "%XSYSTEMMODE" => engine.xsystemmode(command),
        "+CPSMS" => engine.cpsms(command),
        "+CEDRXS" => engine.cedrxs(command),
        "+CEDRXRDP" => engine.cedrxrdp(command),
        "%XPTW" => engine.xptw(command),
        "%XSIM" => engine.xsim(command),
        "+CPIN" => engine.cpin(command),
        "+CRSM" => engine.crsm(command),
        "+CSIM" => engine.csim(command),
        "+CGDCONT" => engine.cgdcont(command),
        "%XNEWCID" => engine.xnewcid(command),
        "+CGACT" => engine.cgact(command),
        "%XGETPDNID" => engine.xgetpdnid(command),
        "+CGPADDR" => engine.cgpaddr(command),
        "+CGCONTRDP" => engine.cgcontrdp(command),
        "+CGAUTH" => engine.cgauth(command),
        "+CGEREP" => engine.cgerep(command),
        "+CNEC" => engine.cnec(command),
        "%XTIME" => engine.xtime(command),
        "+CCLK" | "%CCLK" => engine.cclk(command),
        "%XVBAT" => engine.xvbat(),
        "%XTEMP" => engine.xtemp(command),
        "%XCONNSTAT" => engine.xconnstat(command),
        "%MDMEV" => engine.mdmev(command),
        "+ODIS" => engine.odis(command),
        "+ODISNTF" => engine.odisntf(command),
        "%CMNG" => engine.cmng(command),
        "+CSCA" => engine.csca(command),
        "+CNMI" => engine.cnmi(command),
        "+CNMA" => engine.cnma(command),
        "+CMGS" => engine.cmgs(command),
        // Accepted without effect on anything that can be observed here: which PCO element the network sees.
        "%XEPCO" if command.operation == Operation::Set && command.switch(0).is_some() => {
            Reply::done()
        }
        _ => Reply::Error,
    }
}

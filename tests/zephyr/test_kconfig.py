# SPDX-License-Identifier: MIT OR Apache-2.0
"""The module's options: names, types, defaults and dependencies, parsed by kconfiglib without a Zephyr tree."""

import os
import re
import tomllib

import kconfiglib
from support import ROOT, Case

# What the carrier library 0.30.0 offers: type and default.
OPTIONS = {
    "LWM2M_CARRIER": ("bool", "n"),
    "LWM2M_CARRIER_CERTIFICATION_MODE": ("bool", "n"),
    "LWM2M_CARRIER_BOOTSTRAP_SMARTCARD": ("bool", "y"),
    "LWM2M_CARRIER_USE_CUSTOM_URI": ("bool", "n"),
    "LWM2M_CARRIER_CUSTOM_URI": ("string", ""),
    "LWM2M_CARRIER_IS_SERVER_BOOTSTRAP": ("bool", "y"),
    "LWM2M_CARRIER_SERVER_LIFETIME": ("int", "60"),
    "LWM2M_CARRIER_SESSION_IDLE_TIMEOUT": ("int", "60"),
    "LWM2M_CARRIER_CUSTOM_PSK": ("string", ""),
    "LWM2M_CARRIER_CUSTOM_APN": ("string", ""),
    "LWM2M_CARRIER_DEVICE_MANUFACTURER": ("string", ""),
    "LWM2M_CARRIER_DEVICE_MODEL_NUMBER": ("string", ""),
    "LWM2M_CARRIER_DEVICE_TYPE": ("string", "Smart Device"),
    "LWM2M_CARRIER_DEVICE_HARDWARE_VERSION": ("string", ""),
    "LWM2M_CARRIER_DEVICE_SOFTWARE_VERSION": ("string", ""),
    "LWM2M_CARRIER_LG_UPLUS": ("bool", "n"),
    "LWM2M_CARRIER_LG_UPLUS_SERVICE_CODE": ("string", ""),
    "LWM2M_CARRIER_STORAGE_AREA_SIZE": ("hex", "0x3000"),
    "LWM2M_CARRIER_STORAGE_SECTOR_SIZE": ("hex", "0x1000"),
}
# Visible with these assignments only.
NEEDED = {
    "LWM2M_CARRIER_CUSTOM_URI": {"LWM2M_CARRIER_USE_CUSTOM_URI": "y"},
    "LWM2M_CARRIER_IS_SERVER_BOOTSTRAP": {"LWM2M_CARRIER_USE_CUSTOM_URI": "y"},
    "LWM2M_CARRIER_SERVER_LIFETIME": {"LWM2M_CARRIER_USE_CUSTOM_URI": "y", "LWM2M_CARRIER_IS_SERVER_BOOTSTRAP": "n"},
    "LWM2M_CARRIER_LG_UPLUS_SERVICE_CODE": {"LWM2M_CARRIER_LG_UPLUS": "y"},
}
PLAIN = ["NETWORKING", "NET_SOCKETS", "ENTROPY_HAS_DRIVER", "FLASH", "FLASH_MAP", "FLASH_PAGE_LAYOUT", "MPU_ALLOW_FLASH_WRITE", "NVS", "REBOOT"]
GLUE = ["NRF_MODEM_LIB", "AT_MONITOR", "PDN", "SMS", "MODEM_KEY_MGMT", "DOWNLOAD_CLIENT", "NVS", "FLASH", "FLASH_MAP", "FLASH_PAGE_LAYOUT",
        "MPU_ALLOW_FLASH_WRITE", "NET_SOCKETS", "REBOOT"]
# What the SDK's own definition hangs on, and options of others that the sample sets.
SDK_BOOLS = ["NEWLIB_LIBC", "NRF_MODEM_LIB", "NRF_MODEM_LIB_SYS_INIT", "PDN", "FP_HARDABI", "ENTROPY_HAS_DRIVER", "NVS", "LTE_LINK_CONTROL",
             "LTE_AUTO_INIT_AND_CONNECT", "DOWNLOAD_CLIENT", "MODEM_KEY_MGMT", "AT_MONITOR", "REBOOT", "SMS", "FPU", "NET_NATIVE",
             "NET_SOCKETS_OFFLOAD", "NET_SOCKETS_POSIX_NAMES", "ENTROPY_GENERATOR", *PLAIN]
SDK_INTS = ["HEAP_MEM_POOL_SIZE", "SYSTEM_WORKQUEUE_STACK_SIZE", "AT_MONITOR_HEAP_SIZE", "PDN_CONTEXTS_MAX", "MAIN_STACK_SIZE",
            "DOWNLOAD_CLIENT_MAX_FILENAME_SIZE", "PM_PARTITION_SIZE_NVS_STORAGE"]
# The parts of the library, and what each needs.
with open(ROOT / "Cargo.toml", "rb") as manifest:
    ALL = tomllib.load(manifest)["features"]
FEATURES = {name: ALL[name] for name in ALL if f"carrier-core/{name}" in ALL[name]}


def option(feature):
    """The name of a feature's option."""
    return "LWM2M_CARRIER_" + feature.upper().replace("-", "_")


PARTS = {option(name) for name in FEATURES}
SDK_CARRIER = """
menuconfig LWM2M_CARRIER
	bool "LwM2M carrier library of the SDK"
	depends on NEWLIB_LIBC && NRF_MODEM_LIB && !NRF_MODEM_LIB_SYS_INIT && PDN && FP_HARDABI && ENTROPY_HAS_DRIVER && NVS
	depends on LTE_LINK_CONTROL && !LTE_AUTO_INIT_AND_CONNECT && DOWNLOAD_CLIENT && MODEM_KEY_MGMT && AT_MONITOR && REBOOT
	depends on HEAP_MEM_POOL_SIZE >= 4096 && SYSTEM_WORKQUEUE_STACK_SIZE >= 1536
if LWM2M_CARRIER
config LWM2M_CARRIER_CUSTOM_APN
	string "APN"
	default "of the SDK"
endif
"""


class Options(Case):
    """Each test builds the little tree it needs."""

    def tree(self, inside, bools, carrier=""):
        """Parses the module's options among declarations of foreign ones."""
        names = sorted(set(bools) | {"LOG", "SETTINGS", "SHELL", "TEST_RANDOM_GENERATOR", "ARM_MPU", "FLASH_SIMULATOR", "DFU_TARGET_MCUBOOT"})
        text = 'mainmenu "test"\n'
        if inside:
            text += "config ZEPHYR_NRF_MODULE\n\tbool\n\tdefault y\n"
        text += "".join(f'config {name}\n\tbool "{name}"\n' for name in names)
        text += "".join(f'config {name}\n\tint "{name}"\n\tdefault 0\n' for name in SDK_INTS)
        text += "config ARM_MPU_ALWAYS\n\tbool\n\tdefault y\n\tselect ARM_MPU\n"
        text += carrier + f'source "{ROOT}/zephyr/Kconfig"\n' + 'rsource "sample"\n'
        self.write("Kconfig", text)
        sample = (ROOT / "samples/zephyr/lwm2m_carrier/Kconfig").read_text(encoding="utf-8")
        self.write("sample", sample.replace('source "Kconfig.zephyr"', ""))
        self.write("subsys/logging/Kconfig.template.log_config", 'config $(module)_LOG_LEVEL\n\tint "$(module-str)"\n\tdefault 3\n')
        os.environ["ZEPHYR_BASE"] = str(self.folder)
        kconf = kconfiglib.Kconfig(str(self.folder / "Kconfig"), warn_to_stderr=False)
        self.assertEqual(kconf.warnings, [])
        kconf.warn_assign_undef = True
        kconf.warn_assign_override = kconf.warn_assign_redun = False
        return kconf

    def assign(self, kconf, values):
        for name, value in values.items():
            self.assertIn(name, kconf.syms)
            kconf.syms[name].set_value(value)

    def plain(self, without=None):
        kconf = self.tree(False, PLAIN)
        self.assign(kconf, {name: "y" for name in PLAIN if name != without})
        kconf.syms["LWM2M_CARRIER"].set_value("y")
        return kconf

    def test_every_option_of_the_carrier_library_is_there_with_its_type_and_default(self):
        for name, (kind, default) in OPTIONS.items():
            kconf = self.plain()
            if name == "LWM2M_CARRIER":
                kconf.syms[name].unset_value()
            kconf.syms["DFU_TARGET_MCUBOOT"].set_value("y")
            self.assign(kconf, NEEDED.get(name, {}))
            symbol = kconf.syms[name]
            self.assertEqual(kconfiglib.TYPE_TO_STR[symbol.type], kind, name)
            self.assertEqual(symbol.str_value, default, name)

    def test_options_without_their_condition_have_no_value(self):
        for name in NEEDED:
            kconf = self.plain()
            kconf.syms[name].set_value("y" if OPTIONS[name][0] == "bool" else "5")
            self.assertIn(kconf.syms[name].str_value, ("n", ""), name)

    def test_certification_with_a_custom_server_means_a_bootstrap_server(self):
        kconf = self.plain()
        self.assign(kconf, {"LWM2M_CARRIER_USE_CUSTOM_URI": "y", "LWM2M_CARRIER_IS_SERVER_BOOTSTRAP": "n"})
        self.assertEqual(kconf.syms["LWM2M_CARRIER_IS_SERVER_BOOTSTRAP"].str_value, "n")
        kconf.syms["LWM2M_CARRIER_CERTIFICATION_MODE"].set_value("y")
        self.assertEqual(kconf.syms["LWM2M_CARRIER_IS_SERVER_BOOTSTRAP"].str_value, "y")

    def test_plain_zephyr_gets_the_library_with_its_own_glue(self):
        kconf = self.plain()
        self.assertEqual(kconf.syms["LWM2M_CARRIER"].str_value, "y")
        self.assertEqual(kconf.syms["LWM2M_CARRIER_OPEN_GLUE"].str_value, "y")
        self.assertEqual(kconf.syms["LWM2M_CARRIER_PLAIN_NETWORK"].str_value, "y")

    def test_each_missing_dependency_leaves_the_library_out_of_plain_zephyr(self):
        for name in PLAIN:
            self.assertEqual(self.plain(without=name).syms["LWM2M_CARRIER"].str_value, "n", name)

    def test_test_entropy_and_simulated_flash_will_do(self):
        kconf = self.plain(without="ENTROPY_HAS_DRIVER")
        self.assign(kconf, {"TEST_RANDOM_GENERATOR": "y", "MPU_ALLOW_FLASH_WRITE": "n", "FLASH_SIMULATOR": "y"})
        self.assertEqual(kconf.syms["LWM2M_CARRIER"].str_value, "y")

    def test_shell_and_stored_settings_are_off_until_asked_for_and_need_the_parts_of_zephyr(self):
        for name, needed in (("LWM2M_CARRIER_SHELL", "SHELL"), ("LWM2M_CARRIER_SETTINGS", "SETTINGS")):
            kconf = self.plain()
            self.assign(kconf, {needed: "y"})
            self.assertEqual(kconf.syms[name].str_value, "n")
            kconf.syms[name].set_value("y")
            self.assertEqual(kconf.syms[name].str_value, "y")
            kconf.syms[needed].set_value("n")
            self.assertEqual(kconf.syms[name].str_value, "n")
            # In an SDK they come with the own integration only.
            kconf = self.sdk(**{needed: "y", name: "y"})
            self.assertEqual(kconf.syms[name].str_value, "n")
            kconf = self.sdk(**{"LWM2M_CARRIER": "n", "LWM2M_CARRIER_OPEN_GLUE": "y", needed: "y", name: "y"})
            self.assertEqual(kconf.syms[name].str_value, "y")

    def sdk(self, **changes):
        kconf = self.tree(True, SDK_BOOLS, SDK_CARRIER)
        values = dict.fromkeys(SDK_BOOLS, "y") | {"NRF_MODEM_LIB_SYS_INIT": "n", "LTE_AUTO_INIT_AND_CONNECT": "n"}
        values |= {"HEAP_MEM_POOL_SIZE": "4096", "SYSTEM_WORKQUEUE_STACK_SIZE": "1536", "AT_MONITOR_HEAP_SIZE": "320", "LWM2M_CARRIER": "y"}
        self.assign(kconf, values | changes)
        return kconf

    def test_in_an_sdk_its_own_definition_decides(self):
        self.assertEqual(self.sdk().syms["LWM2M_CARRIER"].str_value, "y")
        prompts = [kconfiglib.expr_value(node.prompt[1]) for node in self.sdk().syms["LWM2M_CARRIER"].nodes]
        self.assertEqual(sorted(prompts), [0, 2], "one of the two definitions takes part")
        for name in ("PDN", "FP_HARDABI", "NEWLIB_LIBC", "AT_MONITOR"):
            self.assertEqual(self.sdk(**{name: "n"}).syms["LWM2M_CARRIER"].str_value, "n", name)
        self.assertEqual(self.sdk(HEAP_MEM_POOL_SIZE="4095").syms["LWM2M_CARRIER"].str_value, "n")

    def test_in_an_sdk_only_the_switch_and_the_archive_are_added(self):
        kconf = self.sdk()
        self.assertEqual(kconf.syms["LWM2M_CARRIER_OPEN"].str_value, "y")
        self.assertEqual(kconf.syms["LWM2M_CARRIER_OPEN_GLUE"].str_value, "n")
        added = {name for name, symbol in kconf.syms.items() if name.startswith("LWM2M_CARRIER") and symbol.nodes and symbol.visibility}
        self.assertEqual(added, {"LWM2M_CARRIER", "LWM2M_CARRIER_CUSTOM_APN", "LWM2M_CARRIER_OPEN", "LWM2M_CARRIER_OPEN_PREBUILT"} | PARTS)
        self.assertEqual(kconf.syms["LWM2M_CARRIER_CUSTOM_APN"].str_value, "of the SDK")

    def test_in_an_sdk_the_switch_can_go_back(self):
        kconf = self.sdk(LWM2M_CARRIER_OPEN="n")
        self.assertEqual(kconf.syms["LWM2M_CARRIER_OPEN"].str_value, "n")
        self.assertEqual(kconf.syms["LWM2M_CARRIER_OPEN_PREBUILT"].visibility, 0)

    def test_in_an_sdk_the_own_glue_excludes_that_of_the_sdk(self):
        self.assertEqual(self.sdk(LWM2M_CARRIER_OPEN_GLUE="y").syms["LWM2M_CARRIER_OPEN_GLUE"].str_value, "n")
        kconf = self.sdk(LWM2M_CARRIER="n", LWM2M_CARRIER_OPEN_GLUE="y")
        self.assertEqual(kconf.syms["LWM2M_CARRIER_OPEN_GLUE"].str_value, "y")
        self.assertEqual(kconf.syms["LWM2M_CARRIER_DEVICE_TYPE"].str_value, "Smart Device")
        self.assertNotIn("LWM2M_CARRIER_PLAIN_NETWORK", [name for name, symbol in kconf.syms.items() if symbol.visibility])
        for name in GLUE:
            kconf = self.sdk(**{"LWM2M_CARRIER": "n", "LWM2M_CARRIER_OPEN_GLUE": "y", name: "n"})
            self.assertEqual(kconf.syms["LWM2M_CARRIER_OPEN_GLUE"].str_value, "n", name)

    def test_the_sample_configures_an_sdk_build_without_a_warning(self):
        kconf = self.sdk()
        kconf.load_config(str(ROOT / "samples/zephyr/lwm2m_carrier/prj.conf"), replace=False)
        self.assertEqual(kconf.warnings, [])
        self.assertEqual(kconf.syms["LWM2M_CARRIER"].str_value, "y")

    def test_each_feature_of_the_library_has_an_option_with_its_default(self):
        for kconf in (self.plain(), self.sdk(), self.sdk(**{"LWM2M_CARRIER": "n", "LWM2M_CARRIER_OPEN_GLUE": "y"})):
            usual = {option(name) for name in (*ALL["full"], *ALL["carrier"])}
            for name in PARTS:
                default, other = ("y", "n") if name in usual else ("n", "y")
                self.assertEqual(kconf.syms[name].str_value, default, name)
                self.assertTrue(kconf.syms[name].nodes[0].help, name)
                kconf.syms[name].set_value(other)
                self.assertEqual(kconf.syms[name].str_value, other, name)
                kconf.syms[name].unset_value()

    def test_parts_that_need_another_go_with_it(self):
        kconf = self.plain()
        kconf.syms["LWM2M_CARRIER_USE_CUSTOM_URI"].set_value("y")
        kconf.syms["LWM2M_CARRIER_BOOTSTRAP"].set_value("n")
        usual = {*ALL["full"], *ALL["carrier"]}
        for name, others in FEATURES.items():
            expected = "n" if name == "bootstrap" or "bootstrap" in others or name not in usual else "y"
            self.assertEqual(kconf.syms[option(name)].str_value, expected, name)
        self.assertEqual(kconf.syms["LWM2M_CARRIER_IS_SERVER_BOOTSTRAP"].str_value, "n")

    def test_the_parts_of_a_prebuilt_archive_are_no_options(self):
        kconf = self.plain()
        kconf.syms["LWM2M_CARRIER_OPEN_PREBUILT"].set_value("some.a")
        self.assertEqual({kconf.syms[name].visibility for name in PARTS}, {0})

    def test_an_unknown_option_is_noticed(self):
        kconf = self.plain()
        kconf.load_config(str(self.write("wrong.conf", "CONFIG_LWM2M_CARRIER_USE_CUSTOM_PSK=y\n")), replace=False)
        self.assertEqual(len(kconf.warnings), 1)

    def test_the_pc_sample_starts_from_the_same_defaults(self):
        text = (ROOT / "samples/host/defaults.conf").read_text(encoding="utf-8")
        for name, value in re.findall(r"^CONFIG_(\w+)=(.*)$", text, re.M):
            self.assertEqual(value.strip('"'), OPTIONS[name][1], name)

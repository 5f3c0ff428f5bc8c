# SPDX-License-Identifier: MIT OR Apache-2.0
"""Shell commands and stored settings of the integration, on fakes."""

import re

from support import HERE, ROOT
from test_hooks import FAKES, GLUE, INCLUDE, SANITIZE, Implementation, cases, program_of

CASES = ["api_calls_each_function", "api_shows_what_it_reads", "api_shows_errors_of_the_library", "api_refuses_what_does_not_fit_the_types",
         "config_starts_with_the_options", "config_counts_from_the_next_start", "config_refuses_what_the_library_would",
         "config_leaves_out_what_cannot_be_used", "config_without_a_store"]


class Shell(Implementation):
    """One test a case of the program."""

    @classmethod
    def setUpClass(cls):
        sources = [GLUE / name for name in ("carrier.c", "settings.c", "shell_config.c", "shell_api.c")]
        cls.program = program_of("shell", [HERE / "shell_test.c", *sources, FAKES / "kernel.c", FAKES / "shell.c"], *SANITIZE, *INCLUDE,
                                 "-DCONFIG_LWM2M_CARRIER_SETTINGS=1", f"-I{HERE}")

    def test_every_case_of_the_program_is_run(self):
        self.assertEqual(cases(self.program), CASES)

    def test_every_member_of_the_configuration_can_be_set(self):
        header = (ROOT / "include/lwm2m_carrier.h").read_text(encoding="utf-8")
        structure = re.search(r"typedef struct \{((?:(?!typedef).)*)\} lwm2m_carrier_config_t;", header, re.S).group(1)
        members = re.findall(r"^ +(?:const char \*|bool |int32_t )(\w+);", structure, re.M)
        self.assertEqual(len(members), 14)
        table = (GLUE / "settings.c").read_text(encoding="utf-8")
        self.assertEqual(sorted(re.findall(r"(?:TEXT|VALUE)\(KIND_\w+, (\w+)\)", table)), sorted(members))

    def test_every_function_of_the_library_is_called_or_left_out_for_a_reason(self):
        header = (ROOT / "include/lwm2m_carrier.h").read_text(encoding="utf-8")
        declared = set(re.findall(r"^(?:extern )?(?:int|int32_t|void|char \*) ?\*?(lwm2m_carrier_\w+)\(", header, re.M))
        source = (GLUE / "shell_api.c").read_text(encoding="utf-8")
        # The thread's own, the application's, and those that lwm2m_carrier_time_read reads.
        others = {"lwm2m_carrier_init", "lwm2m_carrier_run", "lwm2m_carrier_event_handler", "lwm2m_carrier_utc_time_read",
                  "lwm2m_carrier_utc_offset_read", "lwm2m_carrier_timezone_read"}
        self.assertEqual({name for name in declared if name not in source}, others)


for _name in CASES:
    setattr(Shell, f"test_{_name}", lambda self, name=_name: self.check(name))

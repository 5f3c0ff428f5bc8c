# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The carrier library for CMake projects, with or without Zephyr:
#
#   include(path/to/cmake/carrier.cmake)
#   carrier_rust_target(TRIPLE)                      what this project is compiled for, as a Rust triple
#   carrier_cargo_archive(carrier ${TRIPLE})         imported target, built by cargo whenever a source changed
#   carrier_prebuilt_archive(carrier path/to/lib.a)  imported target from a file
#   target_link_libraries(app PRIVATE carrier)
#
# The target brings the include folder unless CARRIER_WITHOUT_HEADERS is set: a build with other headers of the same names must not see it.
# Cache variables: CARRIER_CARGO_ARGUMENTS (list, given to cargo), CARRIER_ENVIRONMENT (list of NAME=value for the build).

include_guard(GLOBAL)

set(CARRIER_ROOT "${CMAKE_CURRENT_LIST_DIR}/.." CACHE INTERNAL "Folder of the carrier library")
set(CARRIER_CARGO_ARGUMENTS "" CACHE STRING "More arguments for cargo")
set(CARRIER_ENVIRONMENT "" CACHE STRING "Environment for cargo, NAME=value")

# carrier_rust_target(<variable>): the Rust triple of this build. Under Zephyr it follows Kconfig, never compiler flags; elsewhere "host",
# or CARRIER_RUST_TARGET when that is set.
function(carrier_rust_target variable)
  if(DEFINED CARRIER_RUST_TARGET)
    set(triple "${CARRIER_RUST_TARGET}")
  elseif(CONFIG_CPU_CORTEX_M33 OR CONFIG_CPU_CORTEX_M55)
    set(triple "thumbv8m.main-none-eabi")
  elseif(CONFIG_CPU_CORTEX_M23)
    set(triple "thumbv8m.base-none-eabi")
  elseif(CONFIG_CPU_CORTEX_M4 OR CONFIG_CPU_CORTEX_M7)
    set(triple "thumbv7em-none-eabi")
  elseif(CONFIG_CPU_CORTEX_M3)
    set(triple "thumbv7m-none-eabi")
  elseif(CONFIG_CPU_CORTEX_M0 OR CONFIG_CPU_CORTEX_M0PLUS OR CONFIG_CPU_CORTEX_M1)
    set(triple "thumbv6m-none-eabi")
  elseif(CONFIG_ARCH_POSIX AND NOT CONFIG_64BIT)
    set(triple "i686-unknown-linux-gnu")
  elseif(CONFIG_ARCH_POSIX OR NOT CMAKE_CROSSCOMPILING)
    set(triple "host")
  else()
    message(FATAL_ERROR "No Rust target is known for this processor: set CARRIER_RUST_TARGET, or use carrier_prebuilt_archive().")
  endif()
  if(CONFIG_FP_HARDABI AND triple MATCHES "^thumbv(8m.main|7em)-none-eabi$")
    string(APPEND triple "hf")
  endif()
  set(${variable} "${triple}" PARENT_SCOPE)
endfunction()

# carrier_prebuilt_archive(<target> <file>): imports an archive that exists.
function(carrier_prebuilt_archive target file)
  get_filename_component(file "${file}" ABSOLUTE)
  if(NOT EXISTS "${file}")
    message(FATAL_ERROR "There is no archive ${file}.")
  endif()
  carrier_import(${target} "${file}")
endfunction()

# carrier_cargo_archive(<target> <triple>): builds the archive into the build folder. Cargo decides what is stale; the file keeps its time
# when nothing changed, so an idle build does not link.
function(carrier_cargo_archive target triple)
  find_program(CARRIER_CARGO cargo HINTS "$ENV{HOME}/.cargo/bin")
  if(NOT CARRIER_CARGO)
    message(FATAL_ERROR "cargo was not found: install Rust (https://rustup.rs), then 'rustup target add ${triple}'.")
  endif()
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/carrier/${triple}")
  set(archive "${folder}/liblwm2m_carrier.a")
  get_filename_component(cargo_folder "${CARRIER_CARGO}" DIRECTORY)
  add_custom_target(${target}_archive
    COMMAND ${CMAKE_COMMAND} -E env
      "PATH=${cargo_folder}:$ENV{PATH}" "CARGO_TARGET_DIR=${CMAKE_CURRENT_BINARY_DIR}/carrier/cargo" ${CARRIER_ENVIRONMENT}
      "${CARRIER_ROOT}/tools/build-archive.sh" "${triple}" "${folder}" ${CARRIER_CARGO_ARGUMENTS}
    BYPRODUCTS "${archive}"
    COMMENT "Building the carrier library for ${triple}"
    USES_TERMINAL
    VERBATIM)
  carrier_import(${target} "${archive}")
  add_dependencies(${target} ${target}_archive)
endfunction()

function(carrier_import target archive)
  add_library(${target} STATIC IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION "${archive}")
  if(NOT CARRIER_WITHOUT_HEADERS)
    set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${CARRIER_ROOT}/include")
  endif()
  if(NOT CMAKE_CROSSCOMPILING AND CMAKE_SYSTEM_NAME STREQUAL "Linux")
    # What Rust's standard library inside the host archive needs.
    set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES "pthread;dl;m;gcc_s")
  endif()
endfunction()

# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The carrier library for CMake projects, with or without Zephyr:
#
#   include(path/to/cmake/carrier.cmake)
#   carrier_rust_target(TRIPLE)                      what this project is compiled for, as a Rust triple
#   carrier_cargo_archive(carrier ${TRIPLE})         imported target, built by cargo whenever a source changed; more arguments go to cargo
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
    message(FATAL_ERROR "The LwM2M carrier library knows no Rust target for this processor. Give it an archive instead: "
      "CONFIG_LWM2M_CARRIER_OPEN_PREBUILT under Zephyr, carrier_prebuilt_archive() elsewhere; or set CARRIER_RUST_TARGET.")
  endif()
  if(CONFIG_FP_HARDABI AND triple MATCHES "^thumbv(8m.main|7em)-none-eabi$")
    string(APPEND triple "hf")
  endif()
  set(${variable} "${triple}" PARENT_SCOPE)
endfunction()

# carrier_prebuilt_archive(<target> <file>): imports an archive that exists and has the floating-point calls of this build.
function(carrier_prebuilt_archive target file)
  get_filename_component(file "${file}" ABSOLUTE)
  if(NOT EXISTS "${file}" OR IS_DIRECTORY "${file}")
    message(FATAL_ERROR "There is no archive of the LwM2M carrier library at ${file}. A release has them under lib/<Rust target>/.")
  endif()
  carrier_check_float_abi("${file}")
  carrier_import(${target} "${file}")
endfunction()

# carrier_cargo_archive(<target> <triple>): builds the archive into the build folder. Cargo decides what is stale; the file keeps its time
# when nothing changed, so an idle build does not link.
function(carrier_cargo_archive target triple)
  find_program(CARRIER_CARGO cargo HINTS "$ENV{HOME}/.cargo/bin")
  if(NOT CARRIER_CARGO)
    message(FATAL_ERROR "The LwM2M carrier library is built by cargo, which was not found: install Rust (https://rustup.rs), then run "
      "'rustup target add ${triple}'; or give it a prebuilt archive.")
  endif()
  get_filename_component(cargo_folder "${CARRIER_CARGO}" DIRECTORY)
  carrier_check_rust_target("${triple}" "${cargo_folder}:$ENV{PATH}")
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/carrier/${triple}")
  set(archive "${folder}/liblwm2m_carrier.a")
  add_custom_target(${target}_archive
    COMMAND ${CMAKE_COMMAND} -E env
      "PATH=${cargo_folder}:$ENV{PATH}" "CARGO_TARGET_DIR=${CMAKE_CURRENT_BINARY_DIR}/carrier/cargo" ${CARRIER_ENVIRONMENT}
      "${CARRIER_ROOT}/tools/build-archive.sh" "${triple}" "${folder}" ${ARGN} ${CARRIER_CARGO_ARGUMENTS}
    BYPRODUCTS "${archive}"
    COMMENT "Building the carrier library for ${triple}"
    USES_TERMINAL
    VERBATIM)
  carrier_import(${target} "${archive}")
  add_dependencies(${target} ${target}_archive)
endfunction()

# carrier_kconfig_features(<variable>): cargo's arguments for the parts that Kconfig asks for.
function(carrier_kconfig_features variable)
  set(features)
  foreach(feature bootstrap smartcard operators sms pdn access-control object-connectivity object-firmware object-location object-cellular object-portfolio object-app-data lwm2m-1-1)
    string(TOUPPER "CONFIG_LWM2M_CARRIER_${feature}" option)
    string(REPLACE "-" "_" option "${option}")
    if(${option})
      list(APPEND features ${feature})
    endif()
  endforeach()
  list(JOIN features "," features)
  set(${variable} --no-default-features "--features=${features}" PARENT_SCOPE)
endfunction()

# carrier_take_over(<imported target> <target>): lets a target that another part of the build has imported stand for the archive of
# <target>. Locations are read when the build files are written, so it is enough to do this after both exist.
function(carrier_take_over imported target)
  if(NOT TARGET ${imported})
    message(FATAL_ERROR "CONFIG_LWM2M_CARRIER_OPEN is set, but this SDK imports no library ${imported}: its carrier library is not part "
      "of the build, or is a release this module does not know. CONFIG_LWM2M_CARRIER_OPEN_GLUE uses none of it.")
  endif()
  get_target_property(before ${imported} IMPORTED_LOCATION)
  get_target_property(archive ${target} IMPORTED_LOCATION)
  set_target_properties(${imported} PROPERTIES IMPORTED_LOCATION "${archive}")
  if(TARGET ${target}_archive)
    add_dependencies(${imported} ${target}_archive)
  endif()
  message(STATUS "LwM2M carrier library: ${archive} in place of ${before}")
endfunction()

# carrier_check_interface(<header>): stops unless the lwm2m_carrier.h of an SDK has the interface of 0.30.
function(carrier_check_interface header)
  file(READ "${header}" text)
  if(NOT text MATCHES "lwm2m_carrier_init *\\(const lwm2m_carrier_config_t" OR NOT text MATCHES "lwm2m_carrier_run *\\(void\\)")
    message(FATAL_ERROR "${header} is not that of the LwM2M carrier library 0.30: the SDK's integration (nRF Connect SDK 2.2 and later) "
      "calls other functions than this library has. Set CONFIG_LWM2M_CARRIER=n and CONFIG_LWM2M_CARRIER_OPEN_GLUE=y to use the module's "
      "own integration, or CONFIG_LWM2M_CARRIER_OPEN=n to link the SDK's library.")
  endif()
endfunction()

# Stops when no compiler here can build for the triple, with the command that gets what is missing.
function(carrier_check_rust_target triple path)
  if("${CARRIER_CARGO_ARGUMENTS}" MATCHES "build-std")
    return()
  endif()
  execute_process(COMMAND ${CMAKE_COMMAND} -E env "PATH=${path}" ${CARRIER_ENVIRONMENT} "${CARRIER_ROOT}/tools/build-archive.sh" "${triple}"
    --check RESULT_VARIABLE failed ERROR_VARIABLE reason OUTPUT_QUIET)
  if(failed)
    message(FATAL_ERROR "The LwM2M carrier library cannot be built for ${triple}: run 'rustup target add ${triple}', or give it a prebuilt "
      "archive (CONFIG_LWM2M_CARRIER_OPEN_PREBUILT). ${reason}")
  endif()
endfunction()

# Stops when an Arm archive passes floating-point numbers in other registers than this build does: a linker would say so with less clarity.
function(carrier_check_float_abi file)
  if(NOT CMAKE_CROSSCOMPILING OR CONFIG_ARCH_POSIX)
    return()
  endif()
  find_program(CARRIER_READELF NAMES arm-none-eabi-readelf arm-zephyr-eabi-readelf readelf HINTS "${CMAKE_READELF}/..")
  if(NOT CARRIER_READELF)
    return()
  endif()
  execute_process(COMMAND "${CARRIER_READELF}" -A "${file}" OUTPUT_VARIABLE attributes ERROR_QUIET RESULT_VARIABLE failed)
  if(failed OR NOT attributes MATCHES "Tag_CPU_arch")
    message(FATAL_ERROR "${file} is no archive for an Arm processor.")
  endif()
  if(attributes MATCHES "Tag_ABI_VFP_args")
    set(archive_is hard)
  else()
    set(archive_is soft)
  endif()
  carrier_rust_target(triple)
  if(triple MATCHES "hf$")
    set(build_is hard)
  else()
    set(build_is soft)
  endif()
  if(NOT archive_is STREQUAL build_is)
    message(FATAL_ERROR "${file} is built for ${archive_is}-float calls, this firmware for ${build_is}-float ones "
      "(CONFIG_FP_HARDABI): take the archive of ${triple}.")
  endif()
endfunction()

function(carrier_import target archive)
  add_library(${target} STATIC IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION "${archive}")
  if(NOT CARRIER_WITHOUT_HEADERS)
    set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${CARRIER_ROOT}/include")
  endif()
  if(CONFIG_ARCH_POSIX OR (NOT CMAKE_CROSSCOMPILING AND CMAKE_SYSTEM_NAME STREQUAL "Linux"))
    # What Rust's standard library inside the host archive needs.
    set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES "pthread;dl;m;gcc_s")
  endif()
endfunction()

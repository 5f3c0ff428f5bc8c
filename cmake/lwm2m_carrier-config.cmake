# SPDX-License-Identifier: MIT OR Apache-2.0
#
# find_package(lwm2m_carrier): imported target lwm2m_carrier::lwm2m_carrier, the archive of a release for what this project is compiled for.
# Set LWM2M_CARRIER_TARGET to a folder name of lib/ where that cannot be told from CMAKE_SYSTEM_PROCESSOR and the float ABI of
# CMAKE_C_FLAGS.

include_guard(GLOBAL)
include("${CMAKE_CURRENT_LIST_DIR}/carrier.cmake")

function(lwm2m_carrier_target variable)
  if(DEFINED LWM2M_CARRIER_TARGET)
    set(triple "${LWM2M_CARRIER_TARGET}")
  elseif(NOT CMAKE_CROSSCOMPILING)
    set(triple "${CMAKE_HOST_SYSTEM_PROCESSOR}-unknown-linux-gnu")
  elseif("${CMAKE_C_FLAGS} ${CMAKE_SYSTEM_PROCESSOR}" MATCHES "cortex-m(33|55)")
    set(triple "thumbv8m.main-none-eabi")
    if(CMAKE_C_FLAGS MATCHES "-mfloat-abi=hard")
      string(APPEND triple "hf")
    endif()
  else()
    set(triple "${CMAKE_SYSTEM_PROCESSOR}")
  endif()
  set(${variable} "${triple}" PARENT_SCOPE)
endfunction()

if(NOT TARGET lwm2m_carrier::lwm2m_carrier)
  lwm2m_carrier_target(lwm2m_carrier_triple)
  set(lwm2m_carrier_archive "${CMAKE_CURRENT_LIST_DIR}/../lib/${lwm2m_carrier_triple}/liblwm2m_carrier.a")
  if(EXISTS "${lwm2m_carrier_archive}")
    carrier_import(lwm2m_carrier::lwm2m_carrier "${lwm2m_carrier_archive}")
  else()
    set(lwm2m_carrier_FOUND FALSE)
    set(lwm2m_carrier_NOT_FOUND_MESSAGE "This release has no archive for '${lwm2m_carrier_triple}'; LWM2M_CARRIER_TARGET names another.")
  endif()
endif()

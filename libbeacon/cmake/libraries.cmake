# From objects to libraries: shared with a version script and a soname, static, and the names others link by.

# beacon_library(<target> <name of file> <name for others> HEADERS <header>… [USES <target>…]
#                [PUBLIC <package>…] [PRIVATE <package>…] [SYSTEM <library>…])
# Makes <target>_shared and <target>_static from <target>_objects, and libbeacon::<name for others>.
#   HEADERS  its public headers, by name in include/beacon/
#   USES     libraries of ours that its headers show
#   PUBLIC   packages of dependencies.cmake that its headers show
#   PRIVATE  packages that its code alone needs
#   SYSTEM   what else it is linked with
function(beacon_library target file name)
  cmake_parse_arguments(arg "" "" "HEADERS;USES;PUBLIC;PRIVATE;SYSTEM" ${ARGN})
  foreach(visibility PUBLIC PRIVATE)
    set(${visibility} ${arg_${visibility}})
    list(TRANSFORM ${visibility}
         REPLACE ".+" "$<BUILD_INTERFACE:PkgConfig::\\0>$<INSTALL_INTERFACE:PkgConfig::libbeacon_\\0>")
  endforeach()
  set(forms)
  if(BEACON_SHARED)
    list(APPEND forms shared)
    add_library(${target}_shared SHARED $<TARGET_OBJECTS:${target}_objects>)
    set(script ${PROJECT_SOURCE_DIR}/libbeacon/cmake/lib${file}.map)
    set_target_properties(${target}_shared PROPERTIES
      VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINK_DEPENDS ${script})
    target_link_options(${target}_shared PRIVATE -Wl,--version-script=${script} -Wl,--no-undefined-version
                        $<$<NOT:$<BOOL:${BEACON_SANITIZE}>>:-Wl,-z,defs>) # sanitizers stay undefined until a program is linked
    if(arg_USES AND NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
      # Outside the system's folders a library of ours finds the others beside it, also for a program that uses it alone.
      set_target_properties(${target}_shared PROPERTIES INSTALL_RPATH "$ORIGIN")
    endif()
  endif()
  if(BEACON_STATIC)
    list(APPEND forms static)
    add_library(${target}_static STATIC $<TARGET_OBJECTS:${target}_objects>)
  endif()
  foreach(form IN LISTS forms)
    set(uses ${arg_USES})
    list(TRANSFORM uses APPEND _${form})
    set_target_properties(${target}_${form} PROPERTIES OUTPUT_NAME ${file} EXPORT_NAME ${name}
                          LINKER_LANGUAGE C)
    target_include_directories(${target}_${form} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                               $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(${target}_${form} PUBLIC ${uses} ${PUBLIC}
                          PRIVATE $<BUILD_INTERFACE:beacon_compile> ${PRIVATE} ${arg_SYSTEM})
  endforeach()

  if(BEACON_SHARED AND (PROJECT_IS_TOP_LEVEL OR BUILD_SHARED_LIBS OR NOT BEACON_STATIC))
    add_library(libbeacon::${name} ALIAS ${target}_shared)
  else()
    add_library(libbeacon::${name} ALIAS ${target}_static)
  endif()
  set_property(GLOBAL APPEND PROPERTY BEACON_LIBRARIES ${target})
  set_property(GLOBAL PROPERTY BEACON_HEADERS_${target} ${arg_HEADERS})
  set_property(GLOBAL PROPERTY BEACON_PUBLIC_${target} ${arg_PUBLIC})
  if(BEACON_INSTALL)
    if(BEACON_SHARED AND arg_USES)
      beacon_find_from(${target}_shared ${CMAKE_INSTALL_FULL_LIBDIR})
    endif()
    beacon_install_library(${target} ${file} "${forms}")
    beacon_install_pkg_config(${file} USES ${arg_USES} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE} SYSTEM ${arg_SYSTEM})
  endif()
endfunction()

if(BEACON_INSTALL)
  include(${CMAKE_CURRENT_LIST_DIR}/install.cmake)
endif()
beacon_library(beacon beacon beacon
  HEADERS base.h identity.h advert.h encounter.h match.h
  PRIVATE SODIUM SYSTEM m)
if(BEACON_STORE)
  beacon_library(beacon_store beacon-store store
    HEADERS exchange.h bundle.h store.h
    USES beacon PUBLIC GLIB PRIVATE SODIUM YAJL SQLITE)
endif()
if(BEACON_RADIO)
  beacon_library(beacon_radio beacon-radio radio
    HEADERS air.h clock.h radio.h
    USES beacon PUBLIC GLIB PRIVATE SODIUM GIO GIO_UNIX BLUETOOTH SYSTEM m)
endif()

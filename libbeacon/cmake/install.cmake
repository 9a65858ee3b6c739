# What is installed: headers, libraries, pkg-config files and the CMake package.
include(CMakePackageConfigHelpers)
set(beacon_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/libbeacon)

# beacon_find_from(<target> <folder>): outside the system's folders, our shared libraries are found from <folder>, where
# the target is installed.
function(beacon_find_from target folder)
  if(BEACON_SHARED AND NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    file(RELATIVE_PATH libraries ${folder} ${CMAKE_INSTALL_FULL_LIBDIR})
    string(REGEX REPLACE "/$" "" rpath "$ORIGIN/${libraries}")
    set_target_properties(${target} PROPERTIES INSTALL_RPATH "${rpath}")
  endif()
endfunction()

# One library's headers and forms; each form is an export file of its own, so that the package can choose.
function(beacon_install_library target file forms)
  get_property(headers GLOBAL PROPERTY BEACON_HEADERS_${target})
  list(TRANSFORM headers PREPEND ${PROJECT_SOURCE_DIR}/include/beacon/)
  install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/beacon)
  foreach(form IN LISTS forms)
    install(TARGETS ${target}_${form} EXPORT lib${file}-${form})
    install(EXPORT lib${file}-${form} NAMESPACE libbeacon:: DESTINATION ${beacon_package_dir})
  endforeach()
endfunction()

# beacon_relative_to_prefix(<variable> <folder>): as pkg-config files have it.
function(beacon_relative_to_prefix variable folder)
  if(IS_ABSOLUTE "${folder}")
    set(${variable} "${folder}" PARENT_SCOPE)
  else()
    set(${variable} "\${prefix}/${folder}" PARENT_SCOPE)
  endif()
endfunction()

# beacon_requires(<variable> <package>…): the modules behind packages of dependencies.cmake, joined by commas.
function(beacon_requires variable)
  set(modules)
  foreach(package IN LISTS ARGN)
    list(APPEND modules "${BEACON_MODULE_${package}}")
  endforeach()
  list(JOIN modules ", " joined)
  set(${variable} "${joined}" PARENT_SCOPE)
endfunction()

# lib<file>.pc, its prefix filled in when installed: `cmake --install --prefix` may still change it. (A prefix found
# through pcfiledir would make pkg-config pass -I for the system's own folder.)
function(beacon_install_pkg_config file)
  cmake_parse_arguments(arg "" "" "USES;PUBLIC;PRIVATE;SYSTEM" ${ARGN})
  beacon_relative_to_prefix(libdir "${CMAKE_INSTALL_LIBDIR}")
  beacon_relative_to_prefix(includedir "${CMAKE_INSTALL_INCLUDEDIR}")
  foreach(library IN LISTS arg_USES)
    set(BEACON_MODULE_${library} "lib${library} = ${PROJECT_VERSION}")
  endforeach()
  beacon_requires(requires ${arg_USES} ${arg_PUBLIC})
  beacon_requires(requires_private ${arg_PRIVATE})
  list(TRANSFORM arg_SYSTEM PREPEND -l)
  list(JOIN arg_SYSTEM " " libs_private)
  set(prefix @CMAKE_INSTALL_PREFIX@)
  set(configured ${CMAKE_CURRENT_BINARY_DIR}/pkgconfig)
  configure_file(${PROJECT_SOURCE_DIR}/libbeacon/cmake/lib${file}.pc.in ${configured}/lib${file}.pc.in @ONLY)
  install(CODE "configure_file(\"${configured}/lib${file}.pc.in\" \"${configured}/lib${file}.pc\" @ONLY)")
  install(FILES ${configured}/lib${file}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/libbeacon-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/libbeacon-config.cmake INSTALL_DESTINATION ${beacon_package_dir}
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/libbeacon-config-version.cmake
  COMPATIBILITY SameMajorVersion) # as the soname has it
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/libbeacon-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/libbeacon-config-version.cmake DESTINATION ${beacon_package_dir})

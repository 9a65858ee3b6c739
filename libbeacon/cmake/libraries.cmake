# From objects to libraries: shared with a version script and a soname, static, and the names others link by.

# beacon_library(<target> <name of file> <name of objects> <libraries>…)
function(beacon_library target output objects)
  if(BEACON_SHARED)
    add_library(${target}_shared SHARED $<TARGET_OBJECTS:${objects}>)
    set(script ${PROJECT_SOURCE_DIR}/libbeacon/cmake/lib${output}.map)
    set_target_properties(${target}_shared PROPERTIES
      OUTPUT_NAME ${output} VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
      LINK_DEPENDS ${script})
    target_link_options(${target}_shared PRIVATE -Wl,--version-script=${script} -Wl,--no-undefined-version)
    target_link_libraries(${target}_shared PRIVATE $<BUILD_INTERFACE:beacon_compile>)
  endif()
  if(BEACON_STATIC)
    add_library(${target}_static STATIC $<TARGET_OBJECTS:${objects}>)
    set_target_properties(${target}_static PROPERTIES OUTPUT_NAME ${output})
    target_link_libraries(${target}_static PRIVATE $<BUILD_INTERFACE:beacon_compile> INTERFACE ${ARGN})
    target_include_directories(${target}_static INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  endif()
endfunction()

beacon_library(beacon beacon beacon_objects PkgConfig::SODIUM m)
if(BEACON_STORE)
  beacon_library(beacon_store beacon-store beacon_store_objects PkgConfig::GLIB PkgConfig::YAJL)
endif()

# What people read, in their language: gettext catalogues, one a domain, kept in po/ beside the sources.
find_program(MSGFMT msgfmt)
if(BEACON_TRANSLATIONS AND NOT MSGFMT)
  message(STATUS "msgfmt (Debian: gettext) is not there: messages stay English")
endif()
if(PROJECT_IS_TOP_LEVEL)
  add_custom_target(update-po) # brings the catalogues up to the sources
endif()

# beacon_translations(<domain>): po/*.po of this folder into <build>/locale, where tools of the build tree find them with
# BEACON_LOCALEDIR, and installed.
function(beacon_translations domain)
  if(NOT BEACON_TRANSLATIONS)
    return()
  endif()
  if(TARGET update-po)
    add_custom_target(update-po-${domain} VERBATIM COMMAND
      ${PROJECT_SOURCE_DIR}/libbeacon/cmake/catalogues.sh update ${domain} ${CMAKE_CURRENT_SOURCE_DIR})
    add_dependencies(update-po update-po-${domain})
  endif()
  if(NOT MSGFMT)
    return()
  endif()
  file(GLOB languages CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/po/*.po)
  set(built)
  foreach(po IN LISTS languages)
    cmake_path(GET po STEM language)
    set(folder ${PROJECT_BINARY_DIR}/locale/${language}/LC_MESSAGES)
    file(MAKE_DIRECTORY ${folder})
    add_custom_command(OUTPUT ${folder}/${domain}.mo DEPENDS ${po} VERBATIM
      COMMAND ${MSGFMT} --check -o ${folder}/${domain}.mo ${po})
    list(APPEND built ${folder}/${domain}.mo)
    if(BEACON_INSTALL)
      install(FILES ${folder}/${domain}.mo DESTINATION ${CMAKE_INSTALL_LOCALEDIR}/${language}/LC_MESSAGES)
    endif()
  endforeach()
  add_custom_target(${domain}-translations ALL DEPENDS ${built})
endfunction()

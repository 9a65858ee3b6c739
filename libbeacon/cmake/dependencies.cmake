# What the libraries stand on; the README says what each is for.
find_package(PkgConfig REQUIRED)

# beacon_package(<name> <module> <version>): PkgConfig::<name>, and BEACON_MODULE_<name> for those who link us.
macro(beacon_package name module version)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module}>=${version})
  set(BEACON_MODULE_${name} "${module} >= ${version}")
endmacro()

beacon_package(SODIUM libsodium 1.0.18)
if(BEACON_STORE OR BEACON_RADIO)
  beacon_package(GLIB glib-2.0 2.66)
endif()
if(BEACON_STORE)
  beacon_package(YAJL yajl 2.1.0)
endif()
if(BEACON_RADIO)
  beacon_package(GIO gio-2.0 2.66)
  beacon_package(GIO_UNIX gio-unix-2.0 2.66)
  beacon_package(BLUETOOTH bluez 5.55)
endif()
if(BEACON_TESTS)
  beacon_package(CHECK check 0.15)
endif()

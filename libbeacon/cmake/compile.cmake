# How every target of the project is compiled: C11, strict warnings, the sanitizers when asked for.
add_library(beacon_compile INTERFACE)
target_compile_features(beacon_compile INTERFACE c_std_11)
target_compile_definitions(beacon_compile INTERFACE _FILE_OFFSET_BITS=64) # large files on 32-bit machines too
target_compile_options(beacon_compile INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes -Wvla
  -fvisibility=hidden
  $<$<BOOL:${BEACON_WERROR}>:-Werror>
  $<$<BOOL:${BEACON_DEVELOPER}>:-UNDEBUG>
  $<$<BOOL:${BEACON_TESTS}>:-gdwarf-4>) # what valgrind 3.19 can read, from clang too
set(sanitizers)
if(BEACON_SANITIZE)
  list(APPEND sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
endif()
if(BEACON_FUZZ) # in the libraries too: libFuzzer steers by the coverage of what it tests
  list(APPEND sanitizers -fsanitize=fuzzer-no-link)
endif()
target_compile_options(beacon_compile INTERFACE ${sanitizers})
target_link_options(beacon_compile INTERFACE ${sanitizers})

# Writes commit.c when what it says has changed: run at each build, with TOP, OUTPUT and GIT.
set(commit unknown)
if(GIT)
  execute_process(COMMAND ${GIT} -C ${TOP} describe --always --dirty --abbrev=12 --exclude=*
                  OUTPUT_VARIABLE answer OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    set(commit ${answer})
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "extern const char bench_commit[];\nconst char bench_commit[] = \"${commit}\";\n")

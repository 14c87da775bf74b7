# Writes commit.h with the commit that is built, "+" if files differ from it; only if it changed.
execute_process(COMMAND git -C ${SOURCE} -c safe.directory=${SOURCE} describe --always --abbrev=40 --exclude=* --dirty=+
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
                RESULT_VARIABLE failed)
if(failed)
  set(commit unknown)
endif()
file(CONFIGURE OUTPUT ${OUT} CONTENT "#define POISE_COMMIT \"${commit}\"\n")

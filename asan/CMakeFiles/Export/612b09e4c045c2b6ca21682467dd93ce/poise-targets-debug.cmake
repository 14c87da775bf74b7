#----------------------------------------------------------------
# Generated CMake target import file for configuration "Debug".
#----------------------------------------------------------------

# Commands may need to know the format version.
set(CMAKE_IMPORT_FILE_VERSION 1)

# Import target "poise::poise_env" for configuration "Debug"
set_property(TARGET poise::poise_env APPEND PROPERTY IMPORTED_CONFIGURATIONS DEBUG)
set_target_properties(poise::poise_env PROPERTIES
  IMPORTED_LINK_INTERFACE_LANGUAGES_DEBUG "C"
  IMPORTED_LOCATION_DEBUG "${_IMPORT_PREFIX}/lib/libpoise_env.a"
  )

list(APPEND _cmake_import_check_targets poise::poise_env )
list(APPEND _cmake_import_check_files_for_poise::poise_env "${_IMPORT_PREFIX}/lib/libpoise_env.a" )

# Import target "poise::poise_agents" for configuration "Debug"
set_property(TARGET poise::poise_agents APPEND PROPERTY IMPORTED_CONFIGURATIONS DEBUG)
set_target_properties(poise::poise_agents PROPERTIES
  IMPORTED_LINK_INTERFACE_LANGUAGES_DEBUG "C"
  IMPORTED_LOCATION_DEBUG "${_IMPORT_PREFIX}/lib/libpoise_agents.a"
  )

list(APPEND _cmake_import_check_targets poise::poise_agents )
list(APPEND _cmake_import_check_files_for_poise::poise_agents "${_IMPORT_PREFIX}/lib/libpoise_agents.a" )

# Commands beyond this point should not need to know the version.
set(CMAKE_IMPORT_FILE_VERSION)


####### Expanded from @PACKAGE_INIT@ by configure_package_config_file() #######
####### Any changes to this file will be overwritten by the next CMake run ####
####### The input file was poise-config.cmake.in                            ########

get_filename_component(PACKAGE_PREFIX_DIR "${CMAKE_CURRENT_LIST_DIR}/../../../" ABSOLUTE)

macro(set_and_check _var _file)
  set(${_var} "${_file}")
  if(NOT EXISTS "${_file}")
    message(FATAL_ERROR "File or directory ${_file} referenced by variable ${_var} does not exist !")
  endif()
endmacro()

macro(check_required_components _NAME)
  foreach(comp ${${_NAME}_FIND_COMPONENTS})
    if(NOT ${_NAME}_${comp}_FOUND)
      if(${_NAME}_FIND_REQUIRED_${comp})
        set(${_NAME}_FOUND FALSE)
      endif()
    endif()
  endforeach()
endmacro()

####################################################################################

# The libraries are static, so whoever links them needs what they need.
include(CMakeFindDependencyMacro)
find_dependency(PkgConfig)
foreach(lib IN ITEMS gsl libfyaml zlib libxxhash openblas jansson)
  string(TOUPPER ${lib} var)
  pkg_check_modules(${var} REQUIRED QUIET IMPORTED_TARGET ${lib})
endforeach()
# GSL's own slow cblas stays an indirect dependency, so that cblas_* is always OpenBLAS's.
get_target_property(poise_gsl_libraries PkgConfig::GSL INTERFACE_LINK_LIBRARIES)
list(FILTER poise_gsl_libraries EXCLUDE REGEX gslcblas)
set_target_properties(PkgConfig::GSL PROPERTIES INTERFACE_LINK_LIBRARIES "${poise_gsl_libraries}")

include(${CMAKE_CURRENT_LIST_DIR}/poise-targets.cmake)
check_required_components(poise)

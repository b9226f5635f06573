# Arrow C++ with Parquet and ORC: the system's when there is one, else the libraries and headers of
# the pyarrow wheel that scripts/install_arrow.sh unpacks to .deps/arrow. Defines Assay::Arrow.
find_package(Arrow CONFIG QUIET)
find_package(Parquet CONFIG QUIET)
if(Arrow_FOUND AND Parquet_FOUND)
  add_library(Assay::Arrow INTERFACE IMPORTED GLOBAL)
  target_link_libraries(Assay::Arrow INTERFACE Arrow::arrow_shared Parquet::parquet_shared)
  set(AssayArrow_FOUND TRUE)
  return()
endif()

set(arrow_root ${CMAKE_SOURCE_DIR}/.deps/arrow/pyarrow)
file(GLOB arrow_library ${arrow_root}/libarrow.so.*)
file(GLOB parquet_library ${arrow_root}/libparquet.so.*)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(AssayArrow
  REASON_FAILURE_MESSAGE "run scripts/install_arrow.sh to read Parquet, ORC and Arrow files"
  REQUIRED_VARS arrow_library parquet_library)
if(AssayArrow_FOUND AND NOT TARGET Assay::Arrow)
  add_library(Assay::Arrow INTERFACE IMPORTED GLOBAL)
  target_include_directories(Assay::Arrow SYSTEM INTERFACE ${arrow_root}/include)
  target_link_libraries(Assay::Arrow INTERFACE ${parquet_library} ${arrow_library})
  # The wheel's libraries go along with the plug-in, which finds them beside itself.
  install(FILES ${parquet_library} ${arrow_library} DESTINATION ${CMAKE_INSTALL_LIBDIR}/assay)
endif()

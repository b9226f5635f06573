# assay_library(FOLDER DEPS...): the static library assay_FOLDER from every .cc of the calling
# folder except tests, plus (with ASSAY_BUILD_TESTS) the test program FOLDER_test from every
# *_test.cc, registered with ctest under its folder's name.
function(assay_library folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|_main|_tool|_plugin)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  add_library(assay_${folder} STATIC ${sources})
  target_include_directories(assay_${folder} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(assay_${folder} PUBLIC ${ARGN})
  if(ASSAY_BUILD_TESTS AND tests)
    add_executable(${folder}_test ${tests})
    target_link_libraries(${folder}_test PRIVATE assay_${folder} GTest::gmock GTest::gtest_main)
    target_compile_definitions(${folder}_test PRIVATE
      ASSAY_SOURCE_DIR="${CMAKE_SOURCE_DIR}" ASSAY_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME ${folder} COMMAND ${folder}_test)
    set_tests_properties(${folder} PROPERTIES TIMEOUT 600)
  endif()
endfunction()

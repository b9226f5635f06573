# assay_library(FOLDER [THREADS] DEPS...): the static library assay_FOLDER from every .cc of the calling
# folder except tests, plus (with ASSAY_BUILD_TESTS) the test program FOLDER_test from every
# *_test.cc, registered with ctest under its folder's name. THREADS: the tests start threads; they
# get the label `threads` and run under ThreadSanitizer too (scripts/test.sh --all).
function(assay_library folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "THREADS" "" "")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|_main|_tool|_plugin)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  add_library(assay_${folder} STATIC ${sources})
  target_include_directories(assay_${folder} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(assay_${folder} PUBLIC ${arg_UNPARSED_ARGUMENTS})
  if(ASSAY_BUILD_TESTS AND tests)
    add_executable(${folder}_test ${tests})
    target_link_libraries(${folder}_test PRIVATE assay_${folder} GTest::gmock GTest::gtest_main)
    target_compile_definitions(${folder}_test PRIVATE
      ASSAY_SOURCE_DIR="${CMAKE_SOURCE_DIR}" ASSAY_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME ${folder} COMMAND ${folder}_test)
    set_tests_properties(${folder} PROPERTIES TIMEOUT 900)
    if(arg_THREADS)
      set_tests_properties(${folder} PROPERTIES LABELS threads)
    endif()
  endif()
endfunction()

# assay_host_tool(TARGET): a program that only runs during the build. It is never instrumented: it
# would make every sanitizer build wait for it.
function(assay_host_tool target)
  if(ASSAY_SANITIZE)
    target_compile_options(${target} PRIVATE -fno-sanitize=all)
    target_link_options(${target} PRIVATE -fno-sanitize=all)
  endif()
endfunction()

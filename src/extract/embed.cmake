# assay_embed_text(OUT VAR FILE): writes OUT, a C++ header with the text of FILE as the constant
# assay::VAR. Literals are cut into pieces, as compilers bound their length.
function(assay_embed_text out var file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  string(LENGTH "${text}" length)
  set(body "")
  set(at 0)
  while(at LESS length)
    string(SUBSTRING "${text}" ${at} 4000 part)
    string(APPEND body "R\"assay(${part})assay\"\n")
    math(EXPR at "${at} + 4000")
  endwhile()
  file(CONFIGURE OUTPUT ${out}
       CONTENT "#pragma once\n#include <string_view>\nnamespace assay {\ninline constexpr std::string_view @var@ =\n@body@;\n}\n"
       @ONLY)
endfunction()

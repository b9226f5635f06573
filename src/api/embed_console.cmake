# assay_embed_console(TARGET DIST): adds the files of the built console (DIST, with .gz and .br
# beside those worth compressing) to TARGET, and the table of them (console_files.h).
function(assay_embed_console target dist)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS RELATIVE ${dist} ${dist}/*)
  list(SORT files)
  set(assembly "    .section .rodata\n")
  set(externs "")
  set(rows "")
  set(count 0)
  set(types
    "html=text/html" "js=text/javascript" "css=text/css" "txt=text/plain" "svg=image/svg+xml"
    "png=image/png" "ico=image/x-icon" "woff2=font/woff2" "json=application/json")
  foreach(file ${files})
    if(file MATCHES "\\.(gz|br|map)$")
      continue()
    endif()
    get_filename_component(extension ${file} LAST_EXT)
    string(SUBSTRING "${extension}" 1 -1 extension)
    set(content_type "application/octet-stream")
    foreach(type ${types})
      if(type MATCHES "^${extension}=(.*)$")
        set(content_type "${CMAKE_MATCH_1}")
      endif()
    endforeach()
    if(content_type MATCHES "^text/")
      string(APPEND content_type "; charset=utf-8")
    endif()
    file(SHA256 ${dist}/${file} hash)
    string(SUBSTRING ${hash} 0 32 hash)
    set(row "    {\"/${file}\", \"${content_type}\", \"W/\\\"${hash}\\\"\"")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${dist}/${file})
    foreach(suffix "" ".gz" ".br")
      if(EXISTS ${dist}/${file}${suffix})
        set(name "assay_console_${count}")
        math(EXPR count "${count} + 1")
        string(APPEND assembly
          "    .global ${name}\n    .hidden ${name}\n${name}:\n    .incbin \"${dist}/${file}${suffix}\"\n"
          "    .global ${name}_end\n    .hidden ${name}_end\n${name}_end:\n")
        string(APPEND externs "extern const char ${name}[];\nextern const char ${name}_end[];\n")
        string(APPEND row ", Between(${name}, ${name}_end)")
      else()
        string(APPEND row ", {}")
      endif()
    endforeach()
    string(APPEND rows "${row}},\n")
  endforeach()
  string(APPEND assembly "    .section .note.GNU-stack,\"\",%progbits\n")
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/generated)
  file(CONFIGURE OUTPUT ${generated}/console_files.S CONTENT "@assembly@" @ONLY)
  file(CONFIGURE OUTPUT ${generated}/console_files_data.h @ONLY CONTENT
"#pragma once
#include \"api/console_files.h\"
extern \"C\" {
@externs@}
namespace assay {
inline std::string_view Between(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}
inline const std::vector<ConsoleFile>& ConsoleFileTable() {
  static const std::vector<ConsoleFile> kFiles = {
@rows@  };
  return kFiles;
}
}  // namespace assay
")
  file(GLOB_RECURSE inputs CONFIGURE_DEPENDS ${dist}/*)
  set_source_files_properties(${generated}/console_files.S PROPERTIES OBJECT_DEPENDS "${inputs}")
  target_sources(${target} PRIVATE ${generated}/console_files.S)
  target_include_directories(${target} PRIVATE ${generated})
endfunction()

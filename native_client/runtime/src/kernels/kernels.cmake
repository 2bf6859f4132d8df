# Files of kernels that are compiled for newer processors than the rest of the library; which of them run is decided at run
# time. A file whose instructions the compiler does not know is left out, and so is its set.
include(CheckCXXCompilerFlag)

# deepspeech_instruction_sets(TARGET DIRECTORY NAME...): adds DIRECTORY/<name>.cc to the sources of TARGET for those of the named
# sets that the compiler knows, with the flags of the set, and announces it to the target as DEEPSPEECH_HAS_<NAME>. Files of other
# sets there, and of other processors, are left out.
function(deepspeech_instruction_sets target directory)
  get_target_property(files ${target} SOURCES)
  set(announced)
  foreach(name ${ARGN})
    set(file "${CMAKE_CURRENT_SOURCE_DIR}/${directory}/${name}.cc")
    list(REMOVE_ITEM files "${file}")
    if(NOT DEFINED FLAGS_OF_${name})
      continue()
    endif()
    string(TOUPPER ${name} upper)
    set(known TRUE)
    if(FLAGS_OF_${name})
      string(REPLACE ";" " " flags "${FLAGS_OF_${name}}")
      check_cxx_compiler_flag("${flags}" DEEPSPEECH_COMPILES_${upper})
      set(known ${DEEPSPEECH_COMPILES_${upper}})
    endif()
    if(known)
      list(APPEND files "${file}")
      set_source_files_properties("${file}" PROPERTIES COMPILE_OPTIONS "-O3;${FLAGS_OF_${name}}")
      list(APPEND announced DEEPSPEECH_HAS_${upper})
    else()
      message(WARNING "This compiler does not know ${flags}: there will be no kernels for ${name}")
    endif()
  endforeach()
  set_target_properties(${target} PROPERTIES SOURCES "${files}")
  target_compile_definitions(${target} PRIVATE ${announced})
endfunction()

# Of the sets that this kind of processor may have, their flags.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(FLAGS_OF_avx2 -mavx2 -mfma)
  set(FLAGS_OF_avx2_vnni ${FLAGS_OF_avx2} -mavxvnni)
  set(FLAGS_OF_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND FLAGS_OF_avx512 -Wno-uninitialized -Wno-maybe-uninitialized)  # GCC 12 finds fault with its own immintrin.h
  endif()
  set(FLAGS_OF_avx512_vnni ${FLAGS_OF_avx512} -mavx512vnni)
  set(FLAGS_OF_amx ${FLAGS_OF_avx512_vnni} -mamx-tile -mamx-int8 -mamx-bf16)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64|ARM64")
  set(FLAGS_OF_neon "")
endif()

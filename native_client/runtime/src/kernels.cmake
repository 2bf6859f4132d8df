# Files of kernels that are compiled for newer processors than the rest of the library; which of them run is decided at run
# time. A file whose instructions the compiler does not know is left out, and so is its set.
include(CheckCXXCompilerFlag)

# deepspeech_kernels(NAME FLAGS...): src/kernels/<name>.cc with these flags, announced as DEEPSPEECH_HAS_<NAME>.
function(deepspeech_kernels name)
  string(TOUPPER ${name} upper)
  string(REPLACE ";" " " flags "${ARGN}")
  set(known TRUE)
  if(flags)
    check_cxx_compiler_flag("${flags}" DEEPSPEECH_COMPILES_${upper})
    set(known ${DEEPSPEECH_COMPILES_${upper}})
  endif()
  if(known)
    target_sources(runtime_objects PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/src/kernels/${name}.cc")
    set_source_files_properties("${CMAKE_CURRENT_SOURCE_DIR}/src/kernels/${name}.cc" PROPERTIES COMPILE_OPTIONS "-O3;${ARGN}")
    target_compile_definitions(runtime_objects PRIVATE DEEPSPEECH_HAS_${upper})
  endif()
endfunction()

set(INSTRUCTION_SETS avx2 avx2_vnni avx512 avx512_vnni amx neon)
get_target_property(files runtime_objects SOURCES)
foreach(name ${INSTRUCTION_SETS})
  list(FILTER files EXCLUDE REGEX "/kernels/${name}\\.cc$")
endforeach()
set_target_properties(runtime_objects PROPERTIES SOURCES "${files}")

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(APPEND avx512 -Wno-uninitialized -Wno-maybe-uninitialized)  # GCC 12 finds fault with its own immintrin.h
  endif()
  deepspeech_kernels(avx2 -mavx2 -mfma)
  deepspeech_kernels(avx2_vnni -mavx2 -mfma -mavxvnni)
  deepspeech_kernels(avx512 ${avx512})
  deepspeech_kernels(avx512_vnni ${avx512} -mavx512vnni)
  deepspeech_kernels(amx ${avx512} -mavx512vnni -mamx-tile -mamx-int8 -mamx-bf16)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64|ARM64")
  deepspeech_kernels(neon)
endif()

# Not built unless asked for: ninja kernels_bench.
add_executable(kernels_bench EXCLUDE_FROM_ALL bench/kernels_bench.cc)
target_link_libraries(kernels_bench PRIVATE deepspeech_runtime)

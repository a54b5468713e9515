// Where an exception came from. When it is caught, the frames that led to it are gone, so they are noted when it is thrown: this library
// has a __cxa_throw of its own (Itanium C++ ABI §2.4.3), which notes them and goes on to the real one. A throw costs some microseconds
// more, nothing else costs anything.
#pragma once

#include <exception>
#include <string>

namespace tidewire {

// A line for each frame, innermost first: the function where its name is known, and the module with the offset in it, for addr2line.
// Empty if the exception is not the last one that this thread has thrown.
std::string throw_site(const std::exception_ptr& cause);

}  // namespace tidewire

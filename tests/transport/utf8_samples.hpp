// Texts that are UTF-8 and texts that are not, after Markus Kuhn's decoder stress test.
#pragma once

#include <string>
#include <vector>

namespace tidewire::test {

std::vector<std::string> valid_utf8_samples();
// None of them is empty, and none becomes valid by what follows.
std::vector<std::string> invalid_utf8_samples();

}  // namespace tidewire::test

// Found before nlohmann/json.hpp, so that all compilers refuse what some do.
#ifndef ROBBENCH_THIRD_PARTY_NLOHMANN_JSON_H_
#define ROBBENCH_THIRD_PARTY_NLOHMANN_JSON_H_

#include_next <nlohmann/json.hpp>
#include <string>
#include <type_traits>

namespace nlohmann {

// `string == json` and `string != json` compile with gcc 12, but not from gcc
// 13 on, which does not turn the operands around (C++ paper P2468). A string is
// compared with `json.get<std::string>()`.
template <typename Json>
requires std::is_same_v<Json, json>
bool operator==(const std::string&, const Json&) = delete;

}  // namespace nlohmann

#endif  // ROBBENCH_THIRD_PARTY_NLOHMANN_JSON_H_

// What is set is in the JSON, what is absent is not.
#include "analysis/text/message_json.h"

#include <limits>

#include "google/protobuf/descriptor.pb.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

using ::google::protobuf::UninterpretedOption;

nlohmann::json JsonOf(const UninterpretedOption& message) {
  const auto json = MessageJson(message);
  EXPECT_TRUE(json.ok()) << json.status();
  return nlohmann::json::parse(json.value_or("{}"));
}

TEST(MessageJson, AbsentIsNotZero) {
  UninterpretedOption message;
  EXPECT_EQ(JsonOf(message), nlohmann::json::object());
  message.set_double_value(0);
  message.set_identifier_value("");
  EXPECT_EQ(JsonOf(message),
            nlohmann::json({{"double_value", 0}, {"identifier_value", ""}}));
  auto& part = *message.add_name();
  part.set_name_part("a");
  part.set_is_extension(false);
  EXPECT_EQ(JsonOf(message)["name"],
            nlohmann::json({{{"name_part", "a"}, {"is_extension", false}}}));
}

TEST(MessageJson, NumbersReadBackAsTheyWere) {
  UninterpretedOption message;
  for (const double value : {1.0 / 3, 5e-324, 1.7976931348623157e308, -0.1}) {
    message.set_double_value(value);
    EXPECT_EQ(JsonOf(message)["double_value"].get<double>(), value);
  }
  message.set_double_value(-std::numeric_limits<double>::infinity());
  EXPECT_EQ(JsonOf(message)["double_value"], "-Infinity");
  message.set_double_value(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(JsonOf(message)["double_value"], "NaN");
}

}  // namespace
}  // namespace robbench

#include "ntk/ntk_spec.h"

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/text_proto.h"
#include "ntk/ntk.pb.h"
#include "training/dataset/dataset.h"

namespace robbench {
namespace {

using ::testing::HasSubstr;

constexpr char kSpec[] = R"pb(
  skeleton { channels: 4 cells_per_stage: 1 }
  images: 6
  image_choice: FIRST
  attack {
    epsilon: 3
    epsilon: 8
    relative_step_size: 0.25
    steps: 3
    random_start: true
  }
  twice: false
  mix: 0
  mix: 1
  scalar: SUM_OF_LOGITS
  parameters: ALL
  batch_norm: EVAL
  ratio: 1
  ratio: 6
)pb";

Dataset TwelveImages() {
  Dataset dataset{.name = "noise", .classes = 4};
  dataset.test.labels.assign(12, 0);
  return dataset;
}

absl::Status Check(const std::string& text) {
  NtkSpec spec;
  absl::Status status = ParseTextProto("spec.textproto", text, &spec);
  if (!status.ok()) return status;
  return CheckNtkSpec("spec.textproto", spec, TwelveImages());
}

// Returns the error for the spec in which `from` is replaced by `to`.
std::string Refused(const std::string& from, const std::string& to) {
  const std::string text = absl::StrReplaceAll(kSpec, {{from, to}});
  EXPECT_NE(text, kSpec) << from;
  const absl::Status status = Check(text);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << to;
  return std::string(status.message());
}

TEST(NtkSpecTest, TakesWhatIsRight) {
  EXPECT_EQ(Check(kSpec), absl::OkStatus());
  EXPECT_EQ(Check(absl::StrReplaceAll(
                kSpec, {{"SUM_OF_LOGITS", "ONE_CLASS scalar_class: 3"}})),
            absl::OkStatus());
}

TEST(NtkSpecTest, RefusesByFieldExpectedAndFound) {
  EXPECT_THAT(
      Refused("epsilon: 8", "epsilon: -1"),
      HasSubstr("spec.textproto: field attack.epsilon: expected 0 to 255 "
                "(units of 1/255), found -1"));
  EXPECT_THAT(Refused("epsilon: 8", "epsilon: nan"), HasSubstr("found nan"));
  EXPECT_THAT(Refused("epsilon: 8", "epsilon: 3"),
              HasSubstr("attack.epsilon: expected each number once, found 3 "
                        "twice"));
  EXPECT_THAT(Refused("epsilon: 3\n    epsilon: 8", ""),
              HasSubstr("attack.epsilon: expected 1 to 16 of them, found 0"));
  EXPECT_THAT(Refused("relative_step_size: 0.25", "relative_step_size: -0.25"),
              HasSubstr("attack.relative_step_size: expected 0 to 255 (units "
                        "of epsilon), found -0.25"));
  EXPECT_THAT(Refused("steps: 3", "steps: 0"),
              HasSubstr("attack.steps: expected 1 to 10000, found 0"));
  EXPECT_THAT(Refused("mix: 1", "mix: 1.5"),
              HasSubstr("mix: expected 0 to 1, found 1.5"));
  EXPECT_THAT(Refused("mix: 0", "mix: -0.1"), HasSubstr("found -0.1"));
  EXPECT_THAT(Refused("mix: 0", "mix: 1"), HasSubstr("found 1 twice"));
  EXPECT_THAT(Refused("ratio: 6", "ratio: 7"),
              HasSubstr("ratio: expected 1 to 6 (images), found 7"));
  EXPECT_THAT(Refused("ratio: 6", "ratio: 0"), HasSubstr("found 0"));
  EXPECT_THAT(Refused("SUM_OF_LOGITS", "ONE_CLASS"),
              HasSubstr("scalar_class: expected 0 to 3 (noise has 4 classes), "
                        "found none"));
  EXPECT_THAT(Refused("SUM_OF_LOGITS", "ONE_CLASS scalar_class: 4"),
              HasSubstr("scalar_class: expected 0 to 3 (noise has 4 classes), "
                        "found 4"));
  EXPECT_THAT(Refused("twice: false", "twice: false scalar_class: 1"),
              HasSubstr("scalar_class: expected none, except with ONE_CLASS, "
                        "found 1"));
}

TEST(NtkSpecTest, UnknownAndMissingFields) {
  EXPECT_THAT(Refused("twice: false", "twice: false colour: 3"),
              HasSubstr("colour"));
  EXPECT_THAT(Refused("twice: false", ""), HasSubstr("twice"));
  EXPECT_THAT(Refused("batch_norm: EVAL", ""), HasSubstr("batch_norm"));
  EXPECT_THAT(Refused("SUM_OF_LOGITS", "PRODUCT_OF_LOGITS"),
              HasSubstr("PRODUCT_OF_LOGITS"));
  EXPECT_THAT(Refused("images: 6", "images: \"six\""), HasSubstr("\"six\""));
}

TEST(NtkSpecTest, NumberOfImages) {
  const Dataset dataset = TwelveImages();
  EXPECT_EQ(CheckImageCount("--images", 1, dataset), absl::OkStatus());
  EXPECT_EQ(CheckImageCount("--images", 12, dataset), absl::OkStatus());
  for (const int64_t images : {0, -5, 13}) {
    EXPECT_EQ(
        CheckImageCount("--images", images, dataset).message(),
        "--images: field images: expected 1 to 12 (the test split of noise has "
        "12), found " +
            std::to_string(images));
  }
}

}  // namespace
}  // namespace robbench

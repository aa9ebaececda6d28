#include "tools/robbench/inspect.h"

#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/digest.h"
#include "nas/base/record.h"
#include "nas/base/safetensors.h"
#include "nas/cell.h"
#include "nas/cell_identity.h"
#include "nas/network_plan.h"
#include "nlohmann/json.hpp"
#include "ntk/ntk.pb.h"
#include "ntk/proxies/proxies.pb.h"
#include "tools/robbench/describe.h"
#include "tools/robbench/format.h"
#include "tools/robbench/text.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

using ::nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

json Parse(const absl::StatusOr<std::string>& text) {
  return text.ok() ? json::parse(*text) : json(text.status().ToString());
}

std::string Message(const absl::StatusOr<std::string>& result) {
  return std::string(result.status().message());
}

EvaluationRecord Evaluation() {
  EvaluationRecord record;
  *record.mutable_provenance() =
      MakeProvenance("training:evaluate", "portable", {{"dataset", "abc"}});
  record.set_dataset("fashion_mnist");
  *record.mutable_cell() = MakeCellIdentity(*Cell::FromIndex(2581));
  record.set_seed(4294967295u);
  record.set_suite("mini");
  record.mutable_skeleton()->set_channels(8);
  record.mutable_skeleton()->set_cells_per_stage(1);
  AttackResult* clean = record.add_attacks();
  clean->set_name("clean");
  clean->set_correct(400);
  clean->set_total(512);
  clean->mutable_attack()->set_name("clean");
  clean->mutable_attack()->mutable_clean();
  clean->set_max_perturbation(0);
  AttackResult* fgsm = record.add_attacks();
  fgsm->set_name("fgsm_8");
  fgsm->set_correct(124);
  fgsm->set_total(512);
  fgsm->mutable_attack()->set_name("fgsm_8");
  fgsm->mutable_attack()->mutable_fgsm()->set_epsilon(8);
  fgsm->set_max_perturbation(8.000001);
  record.set_unreliable(false);
  return record;
}

TEST(DescribeTest, Text) {
  EXPECT_EQ(DescribeCell("323133", {}, OutputFormat::kText).value(),
            "index           2581\n"
            "code            323133\n"
            "architecture    |nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+"
            "|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|\n"
            "representative  2581\n"
            "class size      1\n"
            "class members   2581\n"
            "skeleton        C=16, N=5, image 3x32x32, 10 classes\n"
            "multiply-adds   153,272,960\n"
            "parameters      1,073,466\n");
}

TEST(DescribeTest, Json) {
  const json cell = Parse(DescribeCell("10", {}, OutputFormat::kJson));
  EXPECT_EQ(cell["index"], 10);
  EXPECT_EQ(cell["representative"], 10);
  EXPECT_EQ(cell["class_members"].size(), cell["class_size"]);
  EXPECT_EQ(cell["live_multiply_adds"], 640);
  EXPECT_EQ(cell["skeleton"]["cells_per_stage"], 5);
  EXPECT_EQ(cell["code"].get<std::string>().size(), 6);
}

TEST(DescribeTest, OtherSkeletonAndErrors) {
  const SkeletonSize small = {.channels = 8,
                              .cells_per_stage = 1,
                              .image_channels = 1,
                              .image_size = 16,
                              .classes = 7};
  const json cell = Parse(DescribeCell("333333", small, OutputFormat::kJson));
  EXPECT_EQ(cell["multiply_adds"], 3131616);
  EXPECT_EQ(cell["parameters"], 91743);
  EXPECT_THAT(Message(DescribeCell("15625", {}, OutputFormat::kText)),
              HasSubstr("expected an index 0 to 15624, found \"15625\""));
  EXPECT_THAT(Message(DescribeCell("0", {.channels = 0}, OutputFormat::kText)),
              HasSubstr("channels: expected 1 to 1024, found 0"));
}

TEST(InspectTest, EvaluationRecordAsJson) {
  const std::string bytes = SerializeRecord(Evaluation());
  const json record =
      Parse(InspectArtifact("r.binpb", bytes, OutputFormat::kJson));
  EXPECT_EQ(record["kind"], "EvaluationRecord");
  EXPECT_EQ(record["file_sha256"].get<std::string>(), Sha256(bytes));
  EXPECT_EQ(record["attacks"][1]["name"], "fgsm_8");
  EXPECT_EQ(record["attacks"][1]["correct"], 124);
  EXPECT_EQ(record["attacks"][1]["total"], 512);
  EXPECT_EQ(record["attacks"][1]["attack"]["fgsm"]["epsilon"], 8.0);
  EXPECT_EQ(record["attacks"][0]["attack"]["clean"], json::object());
  EXPECT_EQ(record["attacks"][1]["max_perturbation"], 8.000001);
  EXPECT_EQ(record["cell"]["code"], "323133");
  EXPECT_EQ(record["seed"], 4294967295u);
  EXPECT_EQ(record["unreliable"], false);
  EXPECT_EQ(record["checks"], json::array());
  EXPECT_EQ(record["provenance"]["inputs"][0]["role"], "dataset");
  EXPECT_EQ(record["provenance"]["inputs"][0]["sha256"].get<std::string>(),
            Sha256("abc"));
}

TEST(InspectTest, EvaluationRecordAsText) {
  const std::string bytes = SerializeRecord(Evaluation());
  const std::string text =
      InspectArtifact("r.binpb", bytes, OutputFormat::kText).value();
  EXPECT_THAT(text, StartsWith("# EvaluationRecord, SHA-256 " + Sha256(bytes) +
                               "\n# clean           400 of    512   78.12 %\n"
                               "# fgsm_8          124 of    512   24.22 %\n"
                               "provenance {\n  schema_version: 1\n"));
  EXPECT_THAT(text, HasSubstr("dataset: \"fashion_mnist\"\n"));
}

TEST(InspectTest, AnUnreliableEvaluationSaysSoFirst) {
  EvaluationRecord record = Evaluation();
  SelfCheck* check = record.add_checks();
  check->set_name("zero_gradients");
  check->set_value(0.5);
  check->set_passed(false);
  check->set_reason("expected at most 0, found 0.5");
  record.set_unreliable(true);
  const std::string bytes = SerializeRecord(record);
  EXPECT_THAT(
      InspectArtifact("r.binpb", bytes, OutputFormat::kText).value(),
      StartsWith("# EvaluationRecord, SHA-256 " + Sha256(bytes) +
                 "\n# unreliable: zero_gradients: expected at most 0, found "
                 "0.5\n# clean "));
}

// The condition number of a singular kernel is infinite.
TEST(InspectTest, NumbersThatJsonLacks) {
  NtkRecord record;
  *record.mutable_provenance() = MakeProvenance("ntk:score", "portable", {});
  record.set_dataset("d");
  *record.mutable_cell() = MakeCellIdentity(Cell());
  record.set_seed(0);
  NtkSpec* spec = record.mutable_spec();
  spec->mutable_skeleton()->set_channels(8);
  spec->mutable_skeleton()->set_cells_per_stage(1);
  spec->set_images(4);
  spec->set_image_choice(NtkSpec::FIRST);
  spec->mutable_attack()->add_epsilon(8);
  spec->mutable_attack()->set_relative_step_size(0.25);
  spec->mutable_attack()->set_steps(7);
  spec->mutable_attack()->set_random_start(true);
  spec->set_twice(false);
  spec->set_scalar(NtkSpec::SUM_OF_LOGITS);
  spec->set_parameters(NtkSpec::ALL);
  spec->set_batch_norm(NtkSpec::EVAL);
  KernelScore* score = record.add_scores();
  score->set_kernel("clean");
  score->set_min_eigenvalue(-std::numeric_limits<double>::infinity());
  score->set_max_eigenvalue(1.5);
  score->set_condition_number(std::numeric_limits<double>::infinity());
  score->set_trace(std::numeric_limits<double>::quiet_NaN());
  score->set_frobenius_norm(0.1);
  score->set_kind(KernelScore::CLEAN);
  score->set_label_complexity(std::numeric_limits<double>::infinity());
  score->set_label_alignment(0.2);
  score->set_singular(true);
  record.set_from_weights(false);
  const json score_json = Parse(InspectArtifact(
      "r", SerializeRecord(record), OutputFormat::kJson))["scores"][0];
  EXPECT_EQ(score_json["condition_number"], "Infinity");
  EXPECT_EQ(score_json["min_eigenvalue"], "-Infinity");
  EXPECT_EQ(score_json["trace"], "NaN");
  EXPECT_EQ(score_json["frobenius_norm"], 0.1);
}

TEST(InspectTest, TrainingFreeScores) {
  ProxyRecord record;
  *record.mutable_provenance() =
      MakeProvenance("ntk:score_proxies", "portable", {});
  record.set_dataset("d");
  *record.mutable_cell() = MakeCellIdentity(Cell());
  record.set_seed(0);
  record.mutable_spec()->mutable_skeleton()->set_channels(8);
  record.mutable_spec()->mutable_skeleton()->set_cells_per_stage(1);
  record.mutable_spec()->set_images(4);
  record.mutable_spec()->add_score(ProxySpec::EPE_NAS);
  ProxyScore* score = record.add_scores();
  score->set_score("epe_nas");
  score->set_images("clean");
  score->set_value(std::numeric_limits<double>::quiet_NaN());
  record.add_flags("not_finite_epe_nas_clean");
  const json inspected =
      Parse(InspectArtifact("r", SerializeRecord(record), OutputFormat::kJson));
  EXPECT_EQ(inspected["kind"], "ProxyRecord");
  EXPECT_EQ(
      inspected["scores"][0],
      json({{"score", "epe_nas"}, {"images", "clean"}, {"value", "NaN"}}));
  EXPECT_EQ(inspected["flags"], json({"not_finite_epe_nas_clean"}));
}

TEST(InspectTest, Safetensors) {
  const std::string data(12, '\0');
  const std::string bytes = WriteSafetensors(
      {{"a.weight", {DType::kF32, {3, 1}, data}}}, {{"dataset", "x"}});
  const json file = Parse(InspectArtifact("w", bytes, OutputFormat::kJson));
  EXPECT_EQ(file["kind"], "safetensors");
  EXPECT_EQ(file["file_sha256"].get<std::string>(), Sha256(bytes));
  EXPECT_EQ(file["metadata"]["dataset"], "x");
  EXPECT_EQ(file["tensors"],
            json::parse(R"([{"name": "a.weight", "dtype": "F32",
                             "shape": [3, 1], "bytes": 12}])"));
  EXPECT_EQ(InspectArtifact("w", bytes, OutputFormat::kText).value(),
            "# safetensors, SHA-256 " + Sha256(bytes) +
                "\ndataset: x\n"
                "F32 [3, 1]                         12 bytes  a.weight\n");
}

TEST(InspectTest, RefusesOtherContent) {
  for (const std::string& bytes :
       {std::string(), std::string("\n\xff\xff\xff\xff\x0f", 6),
        std::string("P5 28 28 255"), std::string(1, '\n'),
        std::string("\n\x02\x08\x01", 4)}) {
    const auto result = InspectArtifact("f.bin", bytes, OutputFormat::kText);
    EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(Message(result),
                StartsWith("f.bin: expected a safetensors file or a record of "
                           "training:train, training:evaluate, "));
  }
}

TEST(InspectTest, RefusesDamagedAndForeignRecords) {
  auto inspect = [](const std::string& bytes) {
    return Message(InspectArtifact("r.binpb", bytes, OutputFormat::kText));
  };
  const std::string bytes = SerializeRecord(Evaluation());
  EXPECT_THAT(inspect(bytes.substr(0, bytes.size() - 1)),
              StartsWith("r.binpb: "));
  EvaluationRecord record = Evaluation();
  record.mutable_provenance()->set_producer("training:bake");
  EXPECT_THAT(inspect(SerializeRecord(record)),
              HasSubstr("provenance.producer: expected one of training:train"));
  record = Evaluation();
  record.mutable_provenance()->set_schema_version(99);
  EXPECT_THAT(inspect(SerializeRecord(record)),
              HasSubstr("provenance.schema_version: expected 1, found 99"));
  // This evaluation claims to be a training.
  record = Evaluation();
  record.mutable_provenance()->set_producer("training:train");
  EXPECT_THAT(inspect(SerializeRecord(record)), HasSubstr("TrainRecord"));
  // This safetensors header lies about its length.
  EXPECT_THAT(inspect(std::string("\xff\0\0\0\0\0\0\0{}", 10)),
              StartsWith("r.binpb"));
}

TEST(DescribeTest, Csv) {
  EXPECT_EQ(DescribeCell("323133", {}, OutputFormat::kCsv).value(),
            "index,code,architecture,representative,class_size,class_members,"
            "channels,cells_per_stage,image_channels,image_size,classes,"
            "multiply_adds,live_multiply_adds,parameters\n"
            "2581,c323133,|nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+"
            "|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|,2581,1,2581,"
            "16,5,3,32,10,153272960,153272960,1073466\n");
}

TEST(InspectTest, CsvOfTensorsAndOfNoRecord) {
  const std::string bytes = WriteSafetensors(
      {{"a,b", {DType::kF32, {3, 1}, std::string(12, '\0')}}}, {});
  EXPECT_EQ(InspectArtifact("w", bytes, OutputFormat::kCsv).value(),
            "name,dtype,shape,bytes\n\"a,b\",F32,3 1,12\n");
  EXPECT_THAT(Message(InspectArtifact("r", SerializeRecord(Evaluation()),
                                      OutputFormat::kCsv)),
              HasSubstr("found a record of training:evaluate, which is no "
                        "table; use text or json"));
}

TEST(FormatTest, Csv) {
  EXPECT_EQ(Csv({"a", "code", "x"},
                nlohmann::ordered_json::parse(
                    R"([{"a": "x,\"y", "code": "000211", "x": 0.1},
                        {"a": null, "x": [1, 2], "z": 5},
                        {"a": true, "x": "-Infinity"}])")),
            "a,code,x\n\"x,\"\"y\",c000211,0.1\n,,1 2\ntrue,,-inf\n");
  EXPECT_EQ(Csv({"a"}, nlohmann::ordered_json::array()), "a\n");
}

TEST(TextTableTest, ANarrowTerminalHasFurtherTablesAndColour) {
  TextTable table({{"name", false}, {"one"}, {"two"}, {"three"}});
  table.Add({"ä", "1", "22", "333"});
  EXPECT_EQ(table.Print({}),
            "name  one  two  three\n"
            "ä       1   22    333\n");
  EXPECT_EQ(table.Print({.width = 21}), table.Print({}));
  EXPECT_EQ(table.Print({.width = 20}),
            "name  one  two\n"
            "ä       1   22\n"
            "\n"
            "name  three\n"
            "ä       333\n");
  // If the width is too small for anything, each column stands alone.
  EXPECT_THAT(table.Print({.width = 3}), HasSubstr("name  two\nä      22\n"));
  EXPECT_EQ(table.Print({.colour = true}),
            "\033[1mname  one  two  three\033[0m\n"
            "ä       1   22    333\n");
}

TEST(FormatTest, RefusesOtherFormats) {
  EXPECT_EQ(*ParseOutputFormat("json"), OutputFormat::kJson);
  EXPECT_EQ(std::string(ParseOutputFormat("yaml").status().message()),
            "--format: expected text, json or csv, found \"yaml\"");
}

}  // namespace
}  // namespace robbench

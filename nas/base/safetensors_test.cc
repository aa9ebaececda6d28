#include "nas/base/safetensors.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/file.h"
#include "nlohmann/json.hpp"

namespace robbench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kReference[] = "nas/base/testdata/reference.safetensors";

std::string File(const std::string& header, size_t data_bytes) {
  std::string bytes(8, '\0');
  const uint64_t size = header.size();
  std::memcpy(bytes.data(), &size, 8);
  return absl::StrCat(bytes, header, std::string(data_bytes, '\1'));
}

std::string ErrorOf(const std::string& bytes) {
  const auto file = SafetensorsFile::Parse("w.safetensors", bytes);
  return file.ok() ? "no error" : std::string(file.status().message());
}

TEST(SafetensorsTest, ReadsAFileOfThePythonLibrary) {
  const auto file = SafetensorsFile::Read(kReference);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->tensors().size(), 6);
  EXPECT_EQ(*file->Metadata("name"), "reference");
  const auto weight = file->Get("weight", DType::kF32, {2, -1});
  ASSERT_TRUE(weight.ok()) << weight.status();
  float values[4];
  std::memcpy(values, weight->data.data(), sizeof(values));
  EXPECT_THAT(values, ElementsAre(0.5f, -1.25f, 3.0f, 1e-30f));
  const auto labels = file->Get("labels", DType::kI64, {2});
  ASSERT_TRUE(labels.ok()) << labels.status();
  int64_t ids[2];
  std::memcpy(ids, labels->data.data(), sizeof(ids));
  EXPECT_THAT(ids, ElementsAre(3, -1));
  EXPECT_TRUE(file->Get("scalar", DType::kI32, {}).ok());
  EXPECT_EQ(file->Get("empty", DType::kF32, {0, 4})->data.size(), 0);
}

TEST(SafetensorsTest, WritesTheBytesOfThePythonLibrary) {
  const auto bytes = ReadFile(kReference);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  const auto file = SafetensorsFile::Read(kReference);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(WriteSafetensors(file->tensors(), file->metadata()), *bytes);
}

TEST(SafetensorsTest, GetNamesWhatIsWrong) {
  const auto file = SafetensorsFile::Read(kReference);
  ASSERT_TRUE(file.ok());
  EXPECT_THAT(file->Get("bias", DType::kF32, {2}).status().message(),
              HasSubstr("tensor 'bias' is missing"));
  EXPECT_THAT(file->Get("weight", DType::kF64, {2, 2}).status().message(),
              HasSubstr("dtype: expected F64, found F32"));
  EXPECT_THAT(file->Get("weight", DType::kF32, {4}).status().message(),
              HasSubstr("shape: expected [4], found [2, 2]"));
}

TEST(SafetensorsTest, RefusesAHeaderThatLies) {
  const auto tensor = [](const std::string& dtype, const std::string& shape,
                         const std::string& offsets) {
    return absl::StrCat(R"({"dtype":")", dtype, R"(","shape":)", shape,
                        R"(,"data_offsets":)", offsets, "}");
  };
  const std::string good =
      absl::StrCat(R"({"a":)", tensor("F32", "[2]", "[0,8]"), "}");
  EXPECT_EQ(ErrorOf(File(good, 8)), "no error");

  EXPECT_THAT(ErrorOf("abc"), HasSubstr("at least 8 bytes"));
  std::string long_header = File(good, 8);
  long_header[0] = '\xff';
  EXPECT_THAT(ErrorOf(long_header), HasSubstr("header length: expected"));
  long_header[7] = '\xff';  // 2^63 and more
  EXPECT_THAT(ErrorOf(long_header), HasSubstr("header length: expected"));
  EXPECT_THAT(ErrorOf(File(good, 7)), HasSubstr("data_offsets: expected"));
  EXPECT_THAT(ErrorOf(File(good, 9)), HasSubstr("expected 8 bytes of data"));
  EXPECT_THAT(ErrorOf(File("[1]", 0)), HasSubstr("JSON object"));
  EXPECT_THAT(ErrorOf(File("{\"a\":", 0)), HasSubstr("JSON object"));
  EXPECT_THAT(ErrorOf(File(std::string(100'000, '['), 0)),
              HasSubstr("JSON object"));

  const auto one = [&](const std::string& dtype, const std::string& shape,
                       const std::string& offsets) {
    return ErrorOf(
        File(absl::StrCat(R"({"a":)", tensor(dtype, shape, offsets), "}"), 8));
  };
  EXPECT_THAT(one("BF17", "[4]", "[0,8]"), HasSubstr("'a'.dtype"));
  EXPECT_THAT(one("F32", "[-2]", "[0,8]"), HasSubstr("non-negative"));
  EXPECT_THAT(one("F32", "[2.0]", "[0,8]"), HasSubstr("non-negative"));
  EXPECT_THAT(one("F32", "[4611686018427387904,4]", "[0,8]"),
              HasSubstr("overflows"));
  EXPECT_THAT(one("F32", "[3]", "[0,8]"), HasSubstr("expected 12 bytes"));
  EXPECT_THAT(one("F32", "[2]", "[8,0]"), HasSubstr("data_offsets"));
  EXPECT_THAT(one("F32", "[2]", "[0,16]"), HasSubstr("data_offsets"));

  const auto two = [&](const std::string& a, const std::string& b) {
    return ErrorOf(File(absl::StrCat(R"({"a":)", tensor("F32", "[1]", a),
                                     R"(,"b":)", tensor("F32", "[1]", b), "}"),
                        8));
  };
  EXPECT_EQ(two("[0,4]", "[4,8]"), "no error");
  EXPECT_THAT(two("[0,4]", "[0,4]"), HasSubstr("an overlap"));
  EXPECT_THAT(
      ErrorOf(File(absl::StrCat(R"({"a":)", tensor("F32", "[1]", "[4,8]"), "}"),
                   8)),
      HasSubstr("a gap"));
  EXPECT_THAT(
      ErrorOf(File(absl::StrCat(R"({"a":)", tensor("F32", "[2]", "[0,8]"),
                                R"(,"a":)", tensor("F32", "[2]", "[0,8]"), "}"),
                   8)),
      HasSubstr("'a' appears twice"));
}

// These files are what people may have where a safetensors file should be.
TEST(SafetensorsTest, SaysWhatAnotherFileLooksLike) {
  const std::string rest(600, 'x');
  EXPECT_THAT(ErrorOf("<!DOCTYPE html>\n<html>" + rest),
              HasSubstr("looks like an HTML page: download the file itself"));
  EXPECT_THAT(ErrorOf("  <html lang=\"en\">" + rest), HasSubstr("HTML page"));
  EXPECT_THAT(ErrorOf("version https://git-lfs.github.com/spec/v1\noid "
                      "sha256:4d7a2146\nsize 12345\n"),
              HasSubstr("a Git LFS pointer, which stands for the file: run git "
                        "lfs pull"));
  EXPECT_THAT(ErrorOf("PK\x03\x04" + rest),
              HasSubstr("a ZIP archive, as torch.save writes .pth and .pt "
                        "files: convert it in Python: "
                        "safetensors.torch.save_file"));
  EXPECT_THAT(ErrorOf("\x80\x02\x8a\nl\xfc\x9c" + rest),
              HasSubstr("a Python pickle"));
  EXPECT_THAT(ErrorOf("\x1f\x8b\x08" + rest), HasSubstr("gzip archive"));
  EXPECT_THAT(ErrorOf(""), HasSubstr("looks like an empty file"));
  // A header of 640 = 0x280 bytes begins as a pickle does.
  EXPECT_EQ(ErrorOf(File("{}" + std::string(638, ' '), 0)), "no error");
}

// The reader reads what the Python library reads and nothing else, of files
// that testdata/make_safetensors_variants.py made.
TEST(SafetensorsTest, ReadsWhatThePythonLibraryReads) {
  const auto variants = nlohmann::json::parse(
      ReadFile("nas/base/testdata/safetensors_variants.json").value());
  ASSERT_GT(variants.size(), 60);
  for (const auto& variant : variants) {
    SCOPED_TRACE(variant["name"].get<std::string>());
    std::string bytes;
    ASSERT_TRUE(
        absl::Base64Unescape(variant["file"].get<std::string>(), &bytes));
    const auto file = SafetensorsFile::Parse("f", bytes);
    // The library takes the last of two tensors of a name.
    const bool ours = variant["name"] == "a name twice";
    EXPECT_EQ(file.ok(), variant["reads"].get<bool>() && !ours)
        << file.status();
    if (!file.ok()) continue;
    ASSERT_EQ(file->tensors().size(), variant["tensors"].size());
    for (const auto& [name, tensor] : variant["tensors"].items()) {
      const auto found = file->tensors().find(name);
      ASSERT_NE(found, file->tensors().end()) << name;
      EXPECT_EQ(DTypeName(found->second.dtype),
                tensor["dtype"].get<std::string>());
      EXPECT_EQ(found->second.shape,
                tensor["shape"].get<std::vector<int64_t>>());
      EXPECT_EQ(absl::BytesToHexString(found->second.data),
                tensor["data"].get<std::string>());
    }
  }
}

TEST(SafetensorsTest, RefusesEveryTruncation) {
  const auto bytes = ReadFile(kReference);
  ASSERT_TRUE(bytes.ok());
  for (size_t n = 0; n < bytes->size(); ++n) {
    EXPECT_NE(ErrorOf(bytes->substr(0, n)), "no error") << n;
  }
}

}  // namespace
}  // namespace robbench

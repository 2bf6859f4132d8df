#include "wav.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <limits>

#include "errors.h"

namespace deepspeech::client {
namespace {

enum FormatTag : uint16_t { kPcm = 1, kFloat = 3, kExtensible = 0xFFFE };

// Recorders that write to a pipe cannot fill in sizes afterwards. They leave 0 or state the largest size they know:
// 0xFFFFFFFF (ffmpeg), 0x80000000 (arecord), 0x7FFFF000 (sox).
constexpr uint64_t kUnknownBytes = 0x7FFFF000;
constexpr unsigned kMaxChunks = 1000;           // a file of more is damaged
constexpr size_t kReadBytes = size_t{1} << 20;  // at once
// Writers that count their header as sound state up to so much more than there is. That is no loss.
constexpr double kSlackBytes = 128, kSlackShare = 0.01;

template <typename Number>
Number number_at(const unsigned char* bytes) {  // little-endian, as all machines that this is built for
  Number number;
  std::memcpy(&number, bytes, sizeof(number));
  return number;
}

float sample_at(const unsigned char* bytes, const WavFormat& format) {
  if (format.tag == kFloat) {
    return format.width == 4 ? number_at<float>(bytes) : static_cast<float>(number_at<double>(bytes));
  }
  switch (format.width) {
    case 1: return static_cast<float>(bytes[0] - 128) / 128.0f;  // silence is 128
    case 2: return static_cast<float>(number_at<int16_t>(bytes)) / 32768.0f;
    case 3:
      return static_cast<float>(
                 static_cast<int32_t>(uint32_t{bytes[0]} << 8 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 24)) /
             2147483648.0f;
    default: return static_cast<float>(number_at<int32_t>(bytes)) / 2147483648.0f;
  }
}

}  // namespace

bool WavFormat::is_known() const {
  const bool has_width = tag == kPcm ? width >= 1 && width <= 4 : tag == kFloat && (width == 4 || width == 8);
  return has_width && n_channels > 0 && rate_hz > 0;
}

std::unique_ptr<WavReader> WavReader::open(std::istream& stream, const std::string& name,
                                           std::optional<uint64_t> length) {
  std::unique_ptr<WavReader> reader(new WavReader(stream, name, length));
  if (!reader->read_head() || !reader->find_sound() || !reader->format_.is_known()) return nullptr;
  return reader;
}

bool WavReader::read_head() {
  unsigned char head[12];
  if (read_bytes(head, sizeof(head)) < sizeof(head) || std::memcmp(head + 8, "WAVE", 4) != 0) return false;
  riff_bytes_ = number_at<uint32_t>(head + 4);
  // The latter two state 64-bit sizes in a chunk `ds64`.
  return !std::memcmp(head, "RIFF", 4) || !std::memcmp(head, "RF64", 4) || !std::memcmp(head, "BW64", 4);
}

// Goes to the first byte of the next chunk with sound; returns whether there is one.
bool WavReader::find_sound() {
  while (!ends_ && n_chunks_++ < kMaxChunks) {
    if (is_in_chunk_) end_chunk();
    unsigned char header[8];
    if (read_bytes(header, sizeof(header)) < sizeof(header)) break;
    uint64_t n_bytes = number_at<uint32_t>(header + 4);
    is_in_chunk_ = true;
    is_odd_ = n_bytes % 2;
    left_ = n_bytes;
    if (!std::memcmp(header, "ds64", 4)) {
      read_long_sizes(n_bytes);
    } else if (!std::memcmp(header, "fmt ", 4) && !has_format_) {
      read_format(n_bytes);
    } else if (!std::memcmp(header, "data", 4)) {
      if (!has_format_) break;
      if (n_bytes == 0xFFFFFFFF && long_bytes_) n_bytes = long_bytes_;
      begin_part(n_bytes);
      return true;
    }
  }
  ends_ = true;
  left_ = 0;
  return false;
}

void WavReader::read_long_sizes(uint64_t n_bytes) {
  unsigned char sizes[24] = {};
  left_ -= read_bytes(sizes, static_cast<size_t>(std::min<uint64_t>(n_bytes, sizeof(sizes))));
  const uint64_t n_long = number_at<uint64_t>(sizes + 8);
  long_bytes_ = n_long >> 63 ? 0 : n_long;
}

void WavReader::read_format(uint64_t n_bytes) {
  unsigned char fields[40] = {};
  const size_t n_read = read_bytes(fields, static_cast<size_t>(std::min<uint64_t>(n_bytes, sizeof(fields))));
  left_ -= n_read;
  if (n_read < 16) return;
  has_format_ = true;
  format_.tag = number_at<uint16_t>(fields);
  // Without the sub-format, in which the true tag is, it can only be what most files are.
  if (format_.tag == kExtensible) format_.tag = n_read < 26 ? uint16_t{kPcm} : number_at<uint16_t>(fields + 24);
  format_.n_channels = number_at<uint16_t>(fields + 2);
  format_.rate_hz = number_at<uint32_t>(fields + 4);
  const unsigned frame_bytes = number_at<uint16_t>(fields + 12), bits = number_at<uint16_t>(fields + 14);
  // 20 bits are stored in 3 bytes, 24 bits in 3 or 4, always in the upper ones.
  const unsigned of_frame = format_.n_channels ? frame_bytes / format_.n_channels : 0;
  const bool is_whole = format_.n_channels && frame_bytes % format_.n_channels == 0 && 8 * of_frame >= bits;
  format_.width = static_cast<uint16_t>(is_whole && of_frame <= 8 ? of_frame : (bits + 7) / 8);
}

void WavReader::begin_part(uint64_t stated) {
  const bool is_known = is_filled_in(stated);
  left_ = is_known ? stated : kEndless;
  if (!is_known) stated_.reset();
  if (stated_) *stated_ += stated;
}

bool WavReader::is_filled_in(uint64_t stated) {
  if (stated == 0) {
    // It is the true size if that of the whole file was filled in and more chunks follow.
    return position_ - 8 < riff_bytes_ && riff_bytes_ < kUnknownBytes && peek_name();
  }
  return stated < kUnknownBytes || (length_ && position_ <= *length_ && stated <= *length_ - position_);
}

// Goes to the end of a chunk. One of odd size is followed by a zero byte, which some writers forget.
void WavReader::end_chunk() {
  skip(left_);
  left_ = 0;
  if (is_odd_ && ahead_.empty() && stream_.peek() == 0) skip(1);
  is_in_chunk_ = false;
}

size_t WavReader::read(float* frames, size_t n_frames) {
  const size_t frame_bytes = format_.frame_bytes();
  const size_t n_at_once = std::max<size_t>(1, std::min(n_frames, kReadBytes / frame_bytes));
  if (n_frames == 0) return 0;
  size_t n_bytes = read_part(n_at_once * frame_bytes);
  while (n_bytes < frame_bytes && find_sound()) n_bytes = read_part(n_at_once * frame_bytes);
  const size_t n = n_bytes / frame_bytes;  // a recorder may have been stopped within a frame
  const unsigned char* bytes = buffer_.data();
  for (size_t i = 0; i < n * format_.n_channels; ++i, bytes += format_.width) frames[i] = sample_at(bytes, format_);
  return n;
}

size_t WavReader::read_part(size_t n_bytes) {
  const size_t wanted = static_cast<size_t>(std::min<uint64_t>(n_bytes, left_));
  if (wanted == 0) return 0;
  buffer_.resize(n_bytes);
  const size_t n_read = read_bytes(buffer_.data(), wanted);
  if (n_read < wanted) ends_ = true;
  if (left_ != kEndless) left_ -= n_read;
  n_read_ += n_read;
  return n_read;
}

void WavReader::check_whole() const {
  if (!stated_ || *stated_ <= n_read_) return;
  const double missing = static_cast<double>(*stated_ - n_read_), stated = static_cast<double>(*stated_);
  if (missing <= std::min(kSlackBytes, kSlackShare * stated)) return;
  const double bytes_per_s = static_cast<double>(format_.frame_bytes()) * format_.rate_hz;
  char times[96];
  std::snprintf(times, sizeof(times), "ends after %.2f of %.2f s", static_cast<double>(n_read_) / bytes_per_s,
                stated / bytes_per_s);
  throw AudioError(name_ + ": " + times +
                   "; the file is cut short, get it again, or write what is there to a new one with "
                   "ffmpeg or sox.");
}

// Returns how many bytes there were.
size_t WavReader::read_bytes(void* bytes, size_t n_bytes) {
  const size_t n_ahead = std::min(ahead_.size(), n_bytes);
  std::copy_n(ahead_.data(), n_ahead, static_cast<char*>(bytes));
  ahead_.erase(0, n_ahead);
  stream_.read(static_cast<char*>(bytes) + n_ahead, static_cast<std::streamsize>(n_bytes - n_ahead));
  const size_t n_read = n_ahead + static_cast<size_t>(stream_.gcount());
  if (stream_.bad()) throw AudioError(name_ + ": cannot be read; check the disk, or get the file again.");
  position_ += n_read;
  return n_read;
}

// Returns whether a name of a chunk comes next, which stays to be read.
bool WavReader::peek_name() {
  char name[4];
  const size_t n_read = read_bytes(name, sizeof(name));
  ahead_.insert(0, name, n_read);
  position_ -= n_read;
  return n_read == sizeof(name) && std::all_of(name, name + n_read, [](char c) { return c >= 0x20 && c < 0x7F; });
}

void WavReader::skip(uint64_t n_bytes) {
  const uint64_t n_ahead = std::min<uint64_t>(n_bytes, ahead_.size());
  ahead_.erase(0, static_cast<size_t>(n_ahead));
  constexpr uint64_t kMost =
      std::numeric_limits<std::streamsize>::max() - 1;  // the largest number means "all" to `ignore`
  stream_.ignore(static_cast<std::streamsize>(std::min(n_bytes - n_ahead, kMost)));
  position_ += n_ahead + static_cast<uint64_t>(stream_.gcount());
}

}  // namespace deepspeech::client

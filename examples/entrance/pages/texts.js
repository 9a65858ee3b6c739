/* SPDX-License-Identifier: MIT */
/* What the pages say, in both languages; what the door says comes with its view. */
'use strict';

const TEXTS = {
  vi: {
    other: 'English', other_lang: 'en',
    simulated: 'MÔ PHỎNG – không có người thật', lost: 'Mất kết nối với máy kiểm tra – đang thử lại…',
    over: 'Đã phát lại xong bản ghi.',
    door: 'Cửa', guard: 'Bảo vệ', progress: 'Tiến độ',
    idle_title: 'Mời mở Bluezone, đặt điện thoại lên ô',
    idle_1: 'Chưa cài: quét mã này.', idle_2: 'Bật Bluetooth, mở ứng dụng.', idle_3: 'Đặt máy sáng màn hình lên ô.',
    idle_why: 'Để phòng, chống dịch COVID‑19, người đến trụ sở cần biết, cài và chạy Bluezone (Công văn 2841/BTTTT-THH).',
    idle_privacy: 'Máy chỉ đếm lượt: không ghi tên, số máy hay mã nào.',
    deaf: 'Máy kiểm tra đang không nghe được; bảo vệ ghi tay.',
    listening: 'Đang nghe…', listening_after: 'Để máy yên trên ô.',
    asking: 'Mời mở Bluezone', asking_after: 'Để máy sáng màn hình, trên ô.', opened_title: 'Đã mở – đang nghe…',
    counted: 'Đã ghi nhận', counted_after: 'Cảm ơn anh/chị.',
    calibrating: 'Đang hiệu chỉnh', calibrating_after: 'Xin chờ một chút.',
    ready: 'Sẵn sàng', next: 'Mời người tiếp theo', not_hearing: 'Không nghe được', unsure: 'Chưa chắc nghe được', uncalibrated: 'Chưa hiệu chỉnh',
    clock: 'Chưa rõ giờ',
    person: 'Ai', visitor: 'Khách', staff: 'Cán bộ', direction: 'Chiều', in: 'Vào', out: 'Ra',
    begin: 'Kiểm tra', begin_walk: 'Thêm 1 lượt', opened: 'Đã mở', later: 'Để sau', undo: 'Hoàn tác', amend: 'Ghi thêm',
    by_hand: 'Đếm tay', others: 'Khác…', others_title: 'Cài đặt và báo cáo',
    next_step: 'Tiếp', skip_steps: 'Không có iPhone', stop: 'Dừng', step: 'Bước {0} / {1}', seconds: 'còn {0} giây',
    today: 'Hôm nay', visits: 'Lượt', heard: 'Đã nghe', cannot_tell: 'Chưa rõ', not_heard: 'Chưa nghe', unchecked: 'Chưa kiểm',
    count: 'Số lượt', installed: 'Đã cài Bluezone?', before: 'Có từ trước', on_the_spot: 'Cài tại chỗ', not_installed: 'Chưa cài',
    seen: 'Tôi thấy tận mắt', note: 'Ghi thêm', told: 'Đã được nhắc', helped: 'Đã được giúp cài',
    exempt: 'Không có điện thoại thông minh', declined: 'Từ chối kiểm tra', save: 'Lưu', cancel: 'Bỏ qua', close: 'Đóng',
    mode: 'Cách kiểm tra', attended: 'Từng người', walk_through: 'Đi qua, chỉ đếm', share_only: 'Chỉ tính tỷ lệ',
    calibrate: 'Hiệu chỉnh ô (2 phút)', report: 'Báo cáo', poster: 'Áp phích để in', logout: 'Đăng xuất',
    here: 'Đang nghe {0} máy quanh đây. Hôm nay sóng đếm được khoảng {1}–{2} lượt có máy Android.',
    done: 'Đã ghi.', failed: 'Không gửi được; xin thử lại.',
    pin_title: 'Mã PIN của bảo vệ', pin_entered: 'Số chữ số đã nhập', erase: 'Xóa', enter: 'Vào',
    pages: 'Trang', back: '‹ Màn hình cửa', print: 'In trang này', period: 'Kỳ', week: '7 ngày', month: '30 ngày',
    before_period: 'Kỳ trước', after_period: 'Kỳ sau', report_title: 'Lượt ra vào và Bluezone',
    by_hour: 'Theo giờ trong ngày', by_day: 'Theo ngày', table: 'Bảng', limits:
      'Đơn vị là lượt, không phải người. Tín hiệu chỉ nói rằng có thiết bị tại cửa phát như Bluezone; không nghe thấy không có nghĩa là chưa cài. Máy không ghi tên, số máy hay mã nào.',
    official: 'Báo cáo gửi cấp trên', official_html: 'Văn bản (A4)', official_csv: 'Bảng CSV', official_csv2: 'CSV, dấu ;',
    hour: 'Giờ', day: 'Ngày', all: 'Tổng', by_radio: 'Sóng đếm', off: 'Máy tắt (giờ)', helped_sum: 'Được giúp cài', told_sum: 'Được nhắc',
    installed_before: 'Cài từ trước', installed_on_the_spot: 'Cài tại chỗ', exempt_sum: 'Không có ĐTTM', declined_sum: 'Từ chối',
    share: 'Tỷ lệ đang chạy Bluezone: từ {0} % đến {1} % số lượt có điện thoại thông minh.', nothing: 'Chưa có lượt nào trong kỳ này.',
  },
  en: {
    other: 'Tiếng Việt', other_lang: 'vi',
    simulated: 'SIMULATED – no real people', lost: 'The check cannot be reached – trying again…',
    over: 'The recording has come to its end.',
    door: 'Door', guard: 'Guard', progress: 'Progress',
    idle_title: 'Please open Bluezone, phone on the spot',
    idle_1: 'Not installed yet? Scan this code.', idle_2: 'Turn on Bluetooth, open the app.', idle_3: 'Lay the phone on the spot, screen on.',
    idle_why: 'Against COVID‑19, whoever comes to this office is asked to know, install and run Bluezone (letter 2841/BTTTT-THH).',
    idle_privacy: 'Visits are counted, and nothing else: no name, no number, no code.',
    deaf: 'Our receiver is not hearing; the guard will note it by hand.',
    listening: 'Listening…', listening_after: 'Please leave the phone on the spot.',
    asking: 'Please open Bluezone', asking_after: 'Leave its screen on, on the spot.', opened_title: 'Opened – listening…',
    counted: 'Noted', counted_after: 'Thank you.',
    calibrating: 'Calibrating', calibrating_after: 'Please wait a moment.',
    ready: 'Ready', next: 'Next, please', not_hearing: 'Not hearing', unsure: 'May not be hearing', uncalibrated: 'Not calibrated',
    clock: 'Time not known',
    person: 'Who', visitor: 'Visitor', staff: 'Staff', direction: 'Direction', in: 'In', out: 'Out',
    begin: 'Check', begin_walk: 'One more', opened: 'App open', later: 'Later', undo: 'Undo', amend: 'Add a note',
    by_hand: 'By hand', others: 'More…', others_title: 'Settings and report',
    next_step: 'Next', skip_steps: 'No iPhone', stop: 'Stop', step: 'Step {0} of {1}', seconds: '{0} seconds left',
    today: 'Today', visits: 'Visits', heard: 'Heard', cannot_tell: 'Cannot tell', not_heard: 'Not heard', unchecked: 'Unchecked',
    count: 'Visits', installed: 'Bluezone installed?', before: 'Had it before', on_the_spot: 'Installed here', not_installed: 'Not installed',
    seen: 'I saw it myself', note: 'Also', told: 'Was told', helped: 'Was helped to install',
    exempt: 'No smartphone', declined: 'Declined the check', save: 'Save', cancel: 'Cancel', close: 'Close',
    mode: 'How to check', attended: 'One by one', walk_through: 'Walk through, count only', share_only: 'Share only',
    calibrate: 'Calibrate the spot (2 min)', report: 'Report', poster: 'Poster to print', logout: 'Log out',
    here: '{0} devices heard around here. Today the radio counted about {1}–{2} visits with an Android phone.',
    done: 'Saved.', failed: 'That could not be sent; please try again.',
    pin_title: "The guard's PIN", pin_entered: 'Digits entered', erase: 'Erase', enter: 'Enter',
    pages: 'Pages', back: '‹ Door screen', print: 'Print this page', period: 'Period', week: '7 days', month: '30 days',
    before_period: 'Period before', after_period: 'Period after', report_title: 'Visits and Bluezone',
    by_hour: 'By hour of the day', by_day: 'By day', table: 'Table', limits:
      'The unit is the visit, not the person. A signal says only that a device at the door sends like Bluezone; not heard does not mean not installed. No name, number or code is kept.',
    official: 'Report to the authority', official_html: 'Letter (A4)', official_csv: 'CSV table', official_csv2: 'CSV with ;',
    hour: 'Hour', day: 'Day', all: 'All', by_radio: 'By radio', off: 'Tool off (h)', helped_sum: 'Helped to install', told_sum: 'Told',
    installed_before: 'Had it before', installed_on_the_spot: 'Installed here', exempt_sum: 'No smartphone', declined_sum: 'Declined',
    share: 'Share that runs Bluezone: from {0} % to {1} % of visits with a smartphone.', nothing: 'No visits in this period.',
  },
};

const FIRST_LANGUAGE = document.documentElement.lang === 'en' ? 'en' : 'vi';
let language = FIRST_LANGUAGE;

/* A text with {0}, {1} … replaced. */
function text(name, ...values) {
  return TEXTS[language][name].replace(/\{(\d)\}/g, (_, i) => values[i]);
}

/* An order from our own page; what it is refused with comes in the page's language. */
function post(path, body) {
  return fetch(path, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-Token': document.querySelector('meta[name=token]').content,
      'X-Language': language,
    },
    body: JSON.stringify(body),
  });
}

function put(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/* Elements name their text by data-t, and their label by data-t-label. */
function translate() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll('[data-t]')) put(element, text(element.dataset.t));
  for (const element of document.querySelectorAll('[data-t-label]')) {
    element.setAttribute('aria-label', text(element.dataset.tLabel));
  }
  for (const button of document.querySelectorAll('#language, #language-2')) {
    put(button, text('other'));
    button.lang = text('other_lang');
  }
}

function rememberLanguage() {
  try {
    sessionStorage.setItem('language', language);
  } catch { /* then it lasts as long as the page */ }
}

function recallLanguage() {
  try {
    const kept = sessionStorage.getItem('language');
    if (kept === 'vi' || kept === 'en') language = kept;
  } catch { /* none was kept */ }
}

/* Calls back after a change. */
function switchLanguage(changed) {
  recallLanguage();
  translate();
  for (const button of document.querySelectorAll('#language, #language-2')) {
    button.addEventListener('click', () => {
      language = language === 'vi' ? 'en' : 'vi';
      rememberLanguage();
      translate();
      changed();
    });
  }
}

/**
 * The first texts of the information pages, for any operator: no organisation is named, nothing is promised that the software does not
 * do. Data, not interface: the secretariat edits them on a page, and every saved version is kept.
 * Plain text: empty lines part paragraphs, "## " begins a heading, "- " a list item.
 */
export interface FirstPage {
  slug: 'tentang' | 'privasi' | 'aksesibilitas' | 'anggaran-dasar' | 'syarat-mitra'
  language: 'id' | 'en'
  title: string
  body: string
  position: number
}

const tentang = `Layanan ini menjawab pertanyaan tentang perangkat lunak bebas dan terbuka (free and open-source software): memasang, memakai, memperbaiki, dan berpindah ke sana. Pertanyaan teknis maupun nonteknis diterima, misalnya tentang lisensi, kebijakan, pengadaan, dan pelatihan.

## Siapa yang dapat bertanya
Siapa saja: perangkat daerah dan instansi pemerintah, desa, sekolah dan kampus, perusahaan, komunitas, dan perorangan. Anda tidak perlu membuat akun.

## Siapa yang menjalankan
Layanan ini dijalankan oleh lembaga yang nama, alamat, dan nomornya tercantum pada situs ini. Lembaga yang menjalankan layanan ini mengelola permintaan dan menyampaikannya kepada petugas atau lembaga yang mampu menanganinya.

Bantuan dan saran yang diberikan petugas tidak dipungut biaya. Lembaga yang menjalankan layanan ini tidak menjadi pihak dalam perjanjian atau pekerjaan berbayar antara Anda dan penyedia jasa mana pun.

## Apa yang terjadi setelah Anda bertanya
- Anda menerima nomor tiket dan tautan rahasia untuk mengikuti permintaan Anda.
- Anda diberi tahu kapan jawaban dapat diharapkan. Waktu itu dihitung menurut jam buka dan hari libur meja layanan yang memegang permintaan Anda.
- Petugas menjawab. Anda dapat membalas, menambahkan berkas, atau menyatakan masalah sudah atau belum teratasi.
- Jika kami menunggu jawaban Anda dan tidak ada kabar, kami mengirim pengingat sebelum permintaan dianggap selesai. Anda tetap dapat membukanya kembali.

## Di luar cakupan
Pengaduan tentang pelayanan publik disampaikan melalui SP4N-LAPOR!. Untuk keadaan gawat darurat yang mengancam jiwa, hubungi nomor darurat, bukan layanan ini.

## Perangkat lunak di balik layanan ini
Situs ini memakai Pandu, perangkat lunak bebas berlisensi AGPL. Data wilayah berasal dari idn-area-data (ODbL).`

const about = `This service answers questions about free and open-source software: installing it, using it, repairing it, and moving to it. Technical and other questions are welcome, for example about licences, policy, procurement and training.

## Who may ask
Anybody: government offices, villages, schools and universities, companies, communities and private persons. You need no account.

## Who runs it
This service is run by the organisation whose name, address and numbers are shown on this site. The organisation that runs this service manages requests and passes them to staff or bodies able to deal with them.

Help and advice from our agents cost nothing. The organisation that runs this service is never a party to a contract or to paid work between you and any provider.

## What happens after you ask
- You get a ticket number and a secret link to follow your request.
- You are told when to expect an answer. That time is reckoned by the opening hours and holidays of the desk that holds your request.
- An agent answers. You can write back, add files, and say whether the problem is solved or not.
- If we wait for your answer and hear nothing, we send a reminder before the request is considered solved. You can still reopen it.

## What is outside our scope
Complaints about public services go to SP4N-LAPOR!. In an emergency that threatens life, call the emergency number, not this service.

## The software behind this service
This site runs on Pandu, free software under the AGPL. Region data come from idn-area-data (ODbL).`

const privasi = `Halaman ini menjelaskan data pribadi apa yang diproses ketika Anda memakai layanan ini, untuk apa, siapa yang melihatnya, dan apa hak Anda menurut Undang-Undang Nomor 27 Tahun 2022 tentang Pelindungan Data Pribadi (UU PDP). Yang bertanggung jawab adalah lembaga yang menjalankan layanan ini; nama, alamat, dan nomornya tercantum pada situs ini.

## Data yang kami minta
- Nama Anda dan alamat surel, atau cara lain untuk menghubungi Anda.
- Isi pertanyaan, balasan, dan berkas yang Anda kirim.
- Jika Anda mengisinya: wilayah dan instansi Anda.

Kami tidak pernah meminta Nomor Induk Kependudukan (NIK), kata sandi, atau PIN. Jangan menuliskannya dalam pesan atau berkas. Hapus juga data orang lain yang tidak diperlukan untuk menjawab pertanyaan Anda.

## Untuk apa
Data dipakai untuk menangani permintaan Anda: mencatat, menjawab, memberi tahu Anda, dan mempertanggungjawabkan pekerjaan kami. Dasarnya adalah persetujuan yang Anda berikan ketika mengirim permintaan; kami mencatat kapan dan untuk versi teks yang mana persetujuan itu diberikan. Data tidak dijual dan tidak dipakai untuk iklan.

## Siapa yang melihatnya
- Petugas meja layanan yang memegang atau pernah memegang permintaan Anda, dan sekretariat layanan ini.
- Lembaga yang menerima permintaan Anda. Jika permintaan perlu ditangani lembaga lain, data yang diperlukan disampaikan kepada lembaga yang menerima permintaan itu.
- Orang yang memiliki tautan rahasia tiket Anda. Jangan meneruskan tautan itu kepada orang yang tidak Anda percaya.

Angka yang diterbitkan untuk umum tidak menunjuk kepada seseorang. Perbuatan petugas dicatat dalam jejak audit.

## Surel dan keamanan
Surel melewati penyedia surel Anda dan penyedia lain dalam perjalanannya. Jika isi permintaan Anda peka, tanyakan lebih dahulu cara mengirim yang sesuai. Situs ini hanya memakai kuki yang diperlukan: pilihan bahasa, pengaman formulir, dan sesi masuk petugas. Tidak ada pelacak dari pihak lain.

## Berapa lama
Data disimpan selama diperlukan untuk menangani permintaan dan mempertanggungjawabkannya. Lembaga yang menjalankan layanan ini menetapkan jangka waktunya; tanyakan kepadanya jika Anda ingin tahu.

## Hak Anda
- Mengetahui data Anda yang kami proses dan memperoleh salinannya.
- Meminta data yang keliru diperbaiki atau dilengkapi.
- Menarik persetujuan, meminta pemrosesan dihentikan, ditunda, atau dibatasi.
- Meminta data dihapus atau dimusnahkan, sejauh tidak ada kewajiban hukum untuk menyimpannya.
- Mengajukan keberatan dan menyampaikan pengaduan kepada lembaga yang berwenang.

Untuk memakai hak Anda, balas surel mengenai tiket Anda atau hubungi lembaga yang menjalankan layanan ini. Menurut UU PDP, penarikan persetujuan ditindaklanjuti paling lambat 3 x 24 jam setelah diterima.

## Jika terjadi kegagalan
Jika pelindungan data pribadi gagal, Anda dan lembaga yang berwenang diberi tahu secara tertulis paling lambat 3 x 24 jam: data apa yang terungkap, kapan dan bagaimana, serta apa yang dilakukan.`

const privacy = `This page says which personal data are processed when you use this service, what for, who sees them, and what your rights are under Indonesia's Law Number 27 of 2022 on Personal Data Protection (UU PDP). The organisation that runs this service is responsible; its name, address and numbers are shown on this site.

## What we ask for
- Your name and your mail address, or another way to reach you.
- Your question, your replies and the files you send.
- If you give them: your region and your organisation.

We never ask for your national identity number (NIK), a password or a PIN. Do not write them in a message or a file. Please also remove data about other people that are not needed to answer your question.

## What for
Data are used to deal with your request: to record it, answer it, inform you, and account for our work. The basis is the consent that you give when you send a request; we record when it was given and to which version of this text. Data are not sold and not used for advertising.

## Who sees them
- Agents of the desk that holds or held your request, and the secretariat of this service.
- The body that accepts your request. If another body has to deal with it, the data it needs go to the body that accepts the request.
- Whoever has the secret link of your ticket. Do not pass that link on to people you do not trust.

Published figures never point at a person. What agents do is recorded in an audit trail.

## Mail and safety
Mail passes through your provider and others on its way. If your request is sensitive, ask first how to send it. This site uses only the cookies it needs: your language, the protection of forms, and the session of staff who sign in. There are no trackers of third parties.

## How long
Data are kept as long as they are needed to deal with a request and to account for it. The organisation that runs this service sets the period; ask it if you wish to know.

## Your rights
- To know which of your data we process, and to get a copy.
- To have wrong data corrected or completed.
- To withdraw consent, and to have processing stopped, delayed or restricted.
- To have data erased or destroyed, unless a law requires that they be kept.
- To object, and to complain to the competent authority.

To use your rights, answer a mail about your ticket or contact the organisation that runs this service. Under the law a withdrawal of consent is acted on within 3 x 24 hours of its receipt.

## If something goes wrong
If the protection of personal data fails, you and the competent authority are told in writing within 3 x 24 hours: which data were exposed, when and how, and what was done.`

const aksesibilitas = `Kami ingin setiap orang dapat memakai layanan ini, juga dengan ponsel sederhana, sambungan lambat, papan ketik saja, pembaca layar, atau tampilan yang diperbesar.

## Yang kami upayakan
Acuan kami adalah WCAG 2.2 tingkat AA.
- Halaman untuk umum berfungsi tanpa JavaScript dan berukuran kecil.
- Semua halaman dapat dipakai pada layar selebar 360 piksel dan diperbesar.
- Semua isian dan tombol dapat dicapai dengan papan ketik, dan fokusnya terlihat.
- Teks cukup kontras pada tampilan terang dan gelap; warna tidak pernah menjadi satu-satunya tanda.
- Tersedia bahasa Indonesia dan bahasa Inggris.

## Yang mungkin belum baik
Berkas yang dilampirkan orang lain mungkin tidak dapat dibaca pembaca layar. Mintalah isi berkas itu dalam bentuk teks jika Anda memerlukannya.

## Jika Anda menemui hambatan
Beri tahu kami melalui formulir pertanyaan atau salah satu cara yang tercantum pada situs ini. Sebutkan halaman, perangkat, dan apa yang tidak dapat Anda lakukan. Anda juga dapat meminta jawaban dengan cara lain yang lebih mudah bagi Anda.`

const accessibility = `We want everybody to be able to use this service, also with a simple phone, a slow line, only a keyboard, a screen reader, or enlarged text.

## What we aim for
Our measure is WCAG 2.2, level AA.
- Public pages work without JavaScript and are small.
- Every page can be used on a screen 360 pixels wide, and enlarged.
- All fields and buttons can be reached by keyboard, and the focus is visible.
- Text has enough contrast in the light and the dark scheme; colour is never the only sign.
- There are an Indonesian and an English version.

## What may not be good yet
Files that other people attach may not be readable by a screen reader. Ask for their content as text if you need it.

## If something stands in your way
Tell us through the question form or by one of the ways shown on this site. Name the page, your device, and what you could not do. You may also ask to be answered in another way that is easier for you.`

const anggaranDasar = `Naskah ini contoh. Lembaga yang menjalankan layanan ini menggantinya dengan Anggaran Dasar dan Anggaran Rumah Tangga (AD/ART) yang berlaku sebelum menerima anggota pertama.

## Siapa yang dapat menjadi anggota
Lembaga yang mendukung perangkat lunak bebas dan terbuka: instansi, perusahaan, sekolah, kampus, perkumpulan, dan komunitas tanpa badan hukum yang menunjuk seorang penanggung jawab.

## Kewajiban anggota
- Mematuhi AD/ART dan keputusan rapat anggota.
- Memberi keterangan yang benar tentang kemampuan, wilayah, dan bukti kompetensinya, serta memperbaruinya.
- Menjawab permintaan kesediaan dalam tenggat yang disebutkan, juga apabila menolak.
- Menjaga data pribadi pemohon dan memakainya hanya untuk membantu.

## Hak anggota
- Menyatakan bersedia mewakili provinsi, dan menarik pernyataan itu.
- Menerima rujukan secara adil menurut kapasitas yang disebutkannya.
- Melihat penjelasan setiap keputusan rujukan yang menyangkut dirinya.

## Masa dan berakhirnya keanggotaan
Keanggotaan berlaku untuk masa yang disebutkan dalam keputusan dan dapat diperpanjang. Sekretariat dapat menangguhkan atau mengakhirinya dengan alasan tertulis. Sekretariat bukan pihak dalam perjanjian antara pemohon dan lembaga pendamping.`

const statutes = `This text is an example. The organisation that runs this service replaces it with the statutes and by-laws that are in force before it admits its first member.

## Who can become a member
Bodies that support free and open-source software: public offices, companies, schools, universities, associations, and communities without legal form that name a responsible person.

## Duties of a member
- To keep the statutes and the decisions of the members' meeting.
- To say truthfully what it can do, where, and what shows its competence, and to keep that up to date.
- To answer an offer within the time it names, also when declining.
- To guard the personal data of requesters and to use them only to help.

## Rights of a member
- To declare that it is willing to represent provinces, and to withdraw that.
- To receive referrals fairly, by the capacity that it stated.
- To see the explanation of every referral decision that concerns it.

## Term and end of membership
Membership runs for the term that the decision names and can be renewed. The secretariat may suspend or end it, with reasons in writing. The secretariat is no party to an agreement between a requester and a provider.`

const syaratMitra = `Naskah ini contoh. Lembaga yang menjalankan layanan ini menggantinya dengan syarat kemitraan yang berlaku sebelum menerima mitra pertama.

## Kapan mitra diterima
Mitra bukan anggota. Mitra hanya diterima, dan hanya diperpanjang, untuk provinsi yang tidak mempunyai anggota yang bersedia mewakilinya. Apabila kemudian ada anggota yang bersedia, mitra tetap dapat menerima rujukan sampai masanya berakhir, sesudah anggota yang memenuhi syarat.

## Kewajiban mitra
- Memberi keterangan yang benar tentang kemampuan, wilayah, dan bukti kompetensinya, serta memperbaruinya.
- Menjawab permintaan kesediaan dalam tenggat yang disebutkan, juga apabila menolak.
- Menjaga data pribadi pemohon dan memakainya hanya untuk membantu.
- Tidak menyatakan diri sebagai anggota atau bertindak atas nama perkumpulan.

## Masa dan berakhirnya kemitraan
Kemitraan berlaku untuk masa yang disebutkan dalam keputusan. Sekretariat dapat menangguhkan atau mengakhirinya dengan alasan tertulis. Sekretariat bukan pihak dalam perjanjian antara pemohon dan mitra.`

const partnerTerms = `This text is an example. The organisation that runs this service replaces it with the terms that are in force before it admits its first partner.

## When a partner is admitted
A partner is not a member. A partner is admitted, and renewed, only for a province that no member is willing to represent. If a member becomes willing later, the partner can go on receiving referrals until its term ends, after the members that qualify.

## Duties of a partner
- To say truthfully what it can do, where, and what shows its competence, and to keep that up to date.
- To answer an offer within the time it names, also when declining.
- To guard the personal data of requesters and to use them only to help.
- Not to call itself a member, nor to act in the name of the association.

## Term and end of the partnership
The partnership runs for the term that the decision names. The secretariat may suspend or end it, with reasons in writing. The secretariat is no party to an agreement between a requester and the partner.`

export const firstPages: readonly FirstPage[] = [
  { slug: 'tentang', language: 'id', title: 'Tentang layanan ini', body: tentang, position: 10 },
  { slug: 'tentang', language: 'en', title: 'About this service', body: about, position: 10 },
  { slug: 'privasi', language: 'id', title: 'Privasi', body: privasi, position: 20 },
  { slug: 'privasi', language: 'en', title: 'Privacy', body: privacy, position: 20 },
  { slug: 'aksesibilitas', language: 'id', title: 'Aksesibilitas', body: aksesibilitas, position: 30 },
  { slug: 'aksesibilitas', language: 'en', title: 'Accessibility', body: accessibility, position: 30 },
  { slug: 'anggaran-dasar', language: 'id', title: 'Anggaran dasar', body: anggaranDasar, position: 40 },
  { slug: 'anggaran-dasar', language: 'en', title: 'Statutes', body: statutes, position: 40 },
  { slug: 'syarat-mitra', language: 'id', title: 'Syarat mitra', body: syaratMitra, position: 50 },
  { slug: 'syarat-mitra', language: 'en', title: 'Terms for partners', body: partnerTerms, position: 50 },
]

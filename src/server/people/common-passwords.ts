/**
 * What people choose when they must choose something, in lower case without spaces, dots and dashes: written down for Indonesian offices.
 * Trailing digits and signs are cut before the comparison, so `Rahasia123456!` is found by `rahasia`.
 */
export const commonPasswords: ReadonlySet<string> = new Set(
  `
1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc a1b2c3d4 a1b2c3d4e5f6 aa123456 abc123 abc123abc123 abcd1234
abcdef abcdefg acmilan admin admin@123 adminadmin admindesa admindinas administrator administratorku adminkantor adminku
adminpassword adminpemda adminprovinsi agustus aishiteru akucintaindonesia akucintakamu akusayangkamu alhamdulillah
alhamdulillahi allahmaha allahuakbar anakku aplikasi arema aremania asd123 asdf1234 asdfasdf asdfghjkl asdfghjklasdf
assalamualaikum astaghfirullah ayahku bahagia bahagiaselalu bandung banjarmasin bantuan bantuanit barcelona baseball
batman bhinnekatunggalika bismillah bismillahi bismillahirrahmanirrahim bundaku changeme changemenow charlie chelsea
cinta cintakamu cintaku cobacoba computer computerku correcthorsebatterystaple default defaultpassword denpasar desaku
desember dinas dinaskominfo dirgahayu diskominfo doraemon dragon dragonball facebook facebookku februari football
football1 freefire freesoftware gantipassword gantisandi gantisaya garudaindonesia garudapancasila google googleku
haleluya handphone helpdesk ibuku idulfitri iloveu iloveyou iloveyousomuch indonesia indonesiajaya indonesiaku
indonesiamerdeka indonesiaraya iniadalahsandi inipasswordku inirahasia instagram insyaallah internet internetku jakarta
jakartaku januari jayaselalu jennifer jordan jumat juventus kabupaten kamis kangen kantordesa kantorku kantorpusat
katasandi katasandiku kecamatan keluargabahagia keluargaku kelurahan kementerian kerjakeras kominfo kominfojaya komputer
komputerku laptop laptopku layananpublik lebaran letmein letmeinplease linux linuxlinux liverpool liverpoolfc majuterus
makassar mamaku manchesterunited master masyaallah merdeka merdekabelajar michael minecraft minggu mobilelegends monkey
mypassword naruto narutouzumaki natal newpassword nkrihargamati omswastiastu onepiece opensource operator operatordesa
p@ssw0rd p@ssword pa$$word palembang pancasila pandu pandupandu papaku passw0rd password passwordadmin passwordkantor
passwordku passwordpassword passwordrahasia passwordsaya passwordwifi pemdajakarta pemerintah pemerintahdaerah
pemkotbandung percobaan persebaya persib persibbandung persija persijajakarta pokemon princess proklamasi q1w2e3r4t5y6
qazwsxedc qazwsxedcrfv qwerty qwerty123 qwerty123456 qwertyqwerty qwertyuiop rabu rahasia rahasiaku rahasianegara
rahasiasaya ramadhan ramadhankareem realmadrid rindukamu root rootroot sabtu samsung samsunggalaxy sandi sandiaman
sandikantor sandikantorku sandirahasia sandisaya sangatrahasia sayang sayangkamu sayangku sekretariat selamatdatang
selamatpagi selamatsiang selasa semangat semangat45 semangatpagi semarang senin sepakbola shadow spiderman starwars
subhanallah sukses suksesselalu sumpahpemuda sunshine superadmin superman surabaya tahunbaru tanahairku telegram test
testing testpassword testtest thepassword thisismypassword toor trustno1 tuhanmemberkati tuhanyesus tumpahdarahku ubuntu
user username welcome welcomehome whatever whatsapp wifigratis wifikantor yatuhan yesuskristus yogyakarta youtube
zaq12wsx zxcvbnm zxcvbnmasdf
`
    .trim()
    .split(/\s+/),
)

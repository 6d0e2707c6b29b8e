/** The words a new installation begins with: topics, competences and urgencies in both languages. Edited on a page from then on. */
export interface Word {
  code: string
  name_id: string
  name_en: string
  /** Of a topic: which competence it asks for, and how far that goes (1 helps, 2 sets up and mends, 3 plans and builds). */
  competence_code?: string
  level?: number
}

const words = (rows: readonly (readonly [code: string, name_id: string, name_en: string])[]): Word[] =>
  rows.map(([code, name_id, name_en]) => ({ code, name_id, name_en }))

const topicWords = words([
  ['instalasi', 'Instalasi dan pembaruan', 'Installing and updating'],
  ['perangkat-keras', 'Perangkat keras dan pencetak', 'Hardware and printers'],
  ['perkantoran', 'Aplikasi perkantoran dan dokumen', 'Office software and documents'],
  ['migrasi', 'Migrasi ke perangkat lunak bebas', 'Moving to free software'],
  ['server-jaringan', 'Server dan jaringan', 'Servers and networks'],
  ['aplikasi-pemerintah', 'Aplikasi pemerintah', 'Government applications'],
  ['web-aplikasi', 'Situs web dan aplikasi', 'Web sites and applications'],
  ['keamanan', 'Keamanan', 'Security'],
  ['pelatihan', 'Pelatihan', 'Training'],
  ['lisensi-kebijakan', 'Lisensi dan kebijakan', 'Licences and policy'],
  ['pengadaan-jasa', 'Pengadaan dan jasa', 'Procurement and services'],
  ['komunitas-kemitraan', 'Komunitas dan kemitraan', 'Communities and partnership'],
  ['luar-cakupan', 'Di luar cakupan layanan', 'Outside our scope'],
])

const topicCompetences: Readonly<Record<string, readonly [competence_code: string, level: number]>> = {
  instalasi: ['linux-desktop', 1],
  'perangkat-keras': ['hardware-driver', 1],
  perkantoran: ['libreoffice', 1],
  migrasi: ['migration-planning', 2],
  'server-jaringan': ['linux-server', 1],
  'web-aplikasi': ['web-cms', 1],
  keamanan: ['security', 1],
  pelatihan: ['training', 1],
  'lisensi-kebijakan': ['licensing', 1],
  'pengadaan-jasa': ['procurement', 1],
  'komunitas-kemitraan': ['community', 1],
}

export const firstTopics: Word[] = topicWords.map((topic) => {
  const asked = topicCompetences[topic.code]
  return asked ? { ...topic, competence_code: asked[0], level: asked[1] } : topic
})

export const firstUrgencies = words([
  ['low', 'Rendah', 'Low'],
  ['normal', 'Sedang', 'Normal'],
  ['high', 'Tinggi', 'High'],
  ['emergency', 'Darurat', 'Emergency'],
])

export const firstCompetences = words([
  ['linux-desktop', 'Linux di komputer kerja', 'Linux on the desktop'],
  ['linux-server', 'Linux di server', 'Linux on servers'],
  ['libreoffice', 'LibreOffice', 'LibreOffice'],
  ['printing-scanning', 'Cetak dan pindai', 'Printing and scanning'],
  ['hardware-driver', 'Perangkat keras dan driver', 'Hardware and drivers'],
  ['network', 'Jaringan', 'Networks'],
  ['file-sharing-samba', 'Berbagi berkas (Samba)', 'File sharing (Samba)'],
  ['email-server', 'Server surel', 'Mail servers'],
  ['nextcloud', 'Nextcloud', 'Nextcloud'],
  ['virtualization', 'Virtualisasi', 'Virtualisation'],
  ['database', 'Basis data', 'Databases'],
  ['backup', 'Pencadangan', 'Backup'],
  ['security', 'Keamanan', 'Security'],
  ['web-cms', 'Situs web dan CMS', 'Web sites and CMS'],
  ['opensid', 'OpenSID (sistem informasi desa)', 'OpenSID (village information system)'],
  ['school-lab', 'Laboratorium komputer sekolah', 'School computer labs'],
  ['gis-qgis', 'Pemetaan (QGIS)', 'Maps and GIS (QGIS)'],
  ['design', 'Desain grafis', 'Graphic design'],
  ['multimedia', 'Multimedia', 'Multimedia'],
  ['accounting', 'Akuntansi', 'Accounting'],
  ['accessibility', 'Aksesibilitas', 'Accessibility'],
  ['wine-compat', 'Menjalankan aplikasi Windows (Wine)', 'Running Windows applications (Wine)'],
  ['digital-signature', 'Tanda tangan elektronik', 'Electronic signatures'],
  ['migration-planning', 'Perencanaan migrasi', 'Planning a migration'],
  ['licensing', 'Lisensi perangkat lunak', 'Software licences'],
  ['procurement', 'Pengadaan', 'Procurement'],
  ['training', 'Pelatihan', 'Training'],
  ['community', 'Pembinaan komunitas', 'Building communities'],
  ['privacy', 'Pelindungan data pribadi', 'Privacy'],
  ['none', 'Tanpa kompetensi khusus', 'No special competence'],
])
